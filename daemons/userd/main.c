/* userd: who people and programs are, and what they may do. */
#include "daemons/userd/sql.h"
#include "daemons/userd/userd.h"
#include "lib/daemon/daemon.h"
#include "lib/http/openapi.h"

static const struct daemon userd = {
	.name = "userd",
	.summary = "users, sessions, access tokens, roles and clients",
	.routes = userd_routes,
	.options = userd_options,
	.workers = userd_workers,
	.retention = userd_retention,
	.migrations = userd_migrations,
	.openapi = &ecom_openapi,
	.statements = userd_statements,
	.stream = "USERS",
	.start = userd_start,
	.stop = userd_stop,
};

int main(int argc, char **argv)
{
	return daemon_main(&userd, argc, argv);
}
