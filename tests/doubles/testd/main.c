/* testd: a daemon for the tests of the library. */
#include "lib/daemon/daemon.h"
#include "tests/doubles/testd/routes.h"
#include "tests/doubles/testd/sql.h"

extern const struct migration testd_migrations[];

int main(int argc, char **argv)
{
	static const struct daemon testd = {
		.name = "testd",
		.summary = "everything that the library can do, for its tests",
		.routes = testd_routes,
		.workers = testd_workers,
		.consumers = testd_consumers,
		.outbound = testd_outbound,
		.calls_peers = true,
		.migrations = testd_migrations,
		.statements = testd_statements,
		.stream = "TEST",
		.refuses_cards = true,
	};

	return daemon_main(&testd, argc, argv);
}
