/* The tables of cartd. */
#ifndef ECOM_DAEMONS_CARTD_CARTD_H
#define ECOM_DAEMONS_CARTD_CARTD_H

#include "lib/base/options.h"
#include "lib/db/migrate.h"
#include "lib/events/consumer.h"
#include "lib/http/route.h"
#include "lib/queue/worker.h"

extern const struct route cartd_routes[];
extern const struct option cartd_options[];
extern const struct worker cartd_workers[];
extern const struct consumer cartd_consumers[];
extern const struct migration cartd_migrations[];

#endif
