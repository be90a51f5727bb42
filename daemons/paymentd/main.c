/* paymentd: payments, refunds and the ledger. */
#include "daemons/paymentd/paymentd.h"
#include "daemons/paymentd/sql.h"
#include "lib/daemon/daemon.h"
#include "lib/http/openapi.h"

static const struct daemon paymentd = {
	.name = "paymentd",
	.summary = "payments, refunds and the ledger",
	.routes = paymentd_routes,
	.options = paymentd_options,
	.workers = paymentd_workers,
	.retention = paymentd_retention,
	.consumers = paymentd_consumers,
	.outbound = paymentd_outbound,
	.migrations = paymentd_migrations,
	.openapi = &ecom_openapi,
	.statements = paymentd_statements,
	.stream = "PAYMENTS",
	.refuses_cards = true,
	.start = paymentd_start,
};

int main(int argc, char **argv)
{
	return daemon_main(&paymentd, argc, argv);
}
