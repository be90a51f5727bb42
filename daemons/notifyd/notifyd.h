/* The tables of notifyd, and the functions that they name. */
#ifndef ECOM_DAEMONS_NOTIFYD_NOTIFYD_H
#define ECOM_DAEMONS_NOTIFYD_NOTIFYD_H

#include "lib/base/options.h"
#include "lib/db/migrate.h"
#include "lib/events/consumer.h"
#include "lib/http/route.h"
#include "lib/queue/outbound.h"
#include "lib/queue/retention.h"
#include "lib/queue/worker.h"

struct service;

extern const struct route notifyd_routes[];
extern const struct option notifyd_options[];
extern const struct worker notifyd_workers[];
extern const struct consumer notifyd_consumers[];
extern const struct outbound notifyd_outbound[];
extern const struct retention notifyd_retention[];
extern const struct migration notifyd_migrations[];

/* What runs; set before any task or worker does, and constant then. */
extern struct service *notifyd_service;

bool notifyd_start(struct service *service, char **error);

batch_fn prepare_batch;

#endif
