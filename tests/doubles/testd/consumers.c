/* A consumer of the test daemon's own events. */
#include "lib/events/consumer.h"
#include "tests/doubles/testd/routes.h"
#include "tests/doubles/testd/sql.h"

const struct consumer testd_consumers[] = {
	{ "test.thing.>", SQL(take_thing) },
	{ 0 },
};
