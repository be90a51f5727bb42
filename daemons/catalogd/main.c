/* catalogd: products, categories, prices and stock. */
#include "daemons/catalogd/catalogd.h"
#include "daemons/catalogd/sql.h"
#include "lib/daemon/daemon.h"
#include "lib/http/openapi.h"

static const struct daemon catalogd = {
	.name = "catalogd",
	.summary = "products, categories, prices and stock",
	.routes = catalogd_routes,
	.workers = catalogd_workers,
	.retention = catalogd_retention,
	.migrations = catalogd_migrations,
	.openapi = &ecom_openapi,
	.statements = catalogd_statements,
	.stream = "CATALOG",
};

int main(int argc, char **argv)
{
	return daemon_main(&catalogd, argc, argv);
}
