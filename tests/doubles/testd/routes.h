/* The test daemon's tables. */
#ifndef ECOM_TESTS_DOUBLES_TESTD_ROUTES_H
#define ECOM_TESTS_DOUBLES_TESTD_ROUTES_H

#include "lib/events/consumer.h"
#include "lib/http/route.h"
#include "lib/queue/outbound.h"
#include "lib/queue/worker.h"

extern const struct route testd_routes[];
extern const struct worker testd_workers[];
extern const struct consumer testd_consumers[];
extern const struct outbound testd_outbound[];

task_fn call_peers;
batch_fn work_on_items;

#endif
