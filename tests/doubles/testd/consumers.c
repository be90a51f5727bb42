/* Consumers of the test daemon's own events. */
#include "lib/events/consumer.h"
#include "tests/doubles/testd/routes.h"
#include "tests/doubles/testd/sql.h"

const struct consumer testd_consumers[] = {
	{ "test.thing.>", SQL(take_thing) },
	{ "test.lot.>", SQL(take_lots), .linger_ms = 1000, .unique = true, .wakes = "note" },
	{ 0 },
};
