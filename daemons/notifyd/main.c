/* notifyd: messages to people and webhooks to programs. */
#include "daemons/notifyd/notifyd.h"
#include "daemons/notifyd/sql.h"
#include "lib/daemon/daemon.h"
#include "lib/http/openapi.h"

static const struct daemon notifyd = {
	.name = "notifyd",
	.summary = "messages to people and webhooks to programs",
	.routes = notifyd_routes,
	.options = notifyd_options,
	.workers = notifyd_workers,
	.consumers = notifyd_consumers,
	.outbound = notifyd_outbound,
	.migrations = notifyd_migrations,
	.openapi = &ecom_openapi,
	.statements = notifyd_statements,
	.retention = notifyd_retention,
	.stream = "NOTIFICATIONS",
	.calls_peers = true,
	.refuses_cards = true,
	.start = notifyd_start,
};

int main(int argc, char **argv)
{
	return daemon_main(&notifyd, argc, argv);
}
