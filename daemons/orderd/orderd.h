/* The tables of orderd, and the functions that they name. */
#ifndef ECOM_DAEMONS_ORDERD_ORDERD_H
#define ECOM_DAEMONS_ORDERD_ORDERD_H

#include "lib/base/options.h"
#include "lib/daemon/daemon.h"
#include "lib/db/migrate.h"
#include "lib/events/consumer.h"
#include "lib/http/route.h"
#include "lib/queue/retention.h"
#include "lib/queue/worker.h"

extern const struct route orderd_routes[];
extern const struct option orderd_options[];
extern const struct worker orderd_workers[];
extern const struct retention orderd_retention[];
extern const struct consumer orderd_consumers[];
extern const struct migration orderd_migrations[];

/* The process: workers find its options and its peers here. Set at the start. */
extern struct service *orderd_service;
bool orderd_start(struct service *service, char **error);

batch_fn checkout_batch, outcome_batch, release_batch, ship_batch, cancel_batch;
batch_fn restock_batch, refund_batch;
task_fn supply_replacements;
work_fn put_return_window;
batch_fn invoice_batch;
work_fn expire_orders;
task_fn supply_categories;

#endif
