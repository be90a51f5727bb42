/* The tables of orderd. */
#ifndef ECOM_DAEMONS_ORDERD_ORDERD_H
#define ECOM_DAEMONS_ORDERD_ORDERD_H

#include "lib/base/options.h"
#include "lib/db/migrate.h"
#include "lib/events/consumer.h"
#include "lib/http/route.h"
#include "lib/queue/worker.h"

extern const struct route orderd_routes[];
extern const struct option orderd_options[];
extern const struct worker orderd_workers[];
extern const struct consumer orderd_consumers[];
extern const struct migration orderd_migrations[];

#endif
