/* The tables of catalogd. */
#ifndef ECOM_DAEMONS_CATALOGD_CATALOGD_H
#define ECOM_DAEMONS_CATALOGD_CATALOGD_H

#include "lib/db/migrate.h"
#include "lib/http/route.h"
#include "lib/queue/retention.h"
#include "lib/queue/worker.h"

extern const struct route catalogd_routes[];
extern const struct worker catalogd_workers[];
extern const struct retention catalogd_retention[];
extern const struct migration catalogd_migrations[];

#endif
