/* The tables of cartd, and the functions that they name. */
#ifndef ECOM_DAEMONS_CARTD_CARTD_H
#define ECOM_DAEMONS_CARTD_CARTD_H

#include "lib/base/options.h"
#include "lib/db/migrate.h"
#include "lib/events/consumer.h"
#include "lib/http/route.h"
#include "lib/queue/retention.h"
#include "lib/queue/worker.h"

struct service;

extern const struct route cartd_routes[];
extern const struct option cartd_options[];
extern const struct worker cartd_workers[];
extern const struct retention cartd_retention[];
extern const struct consumer cartd_consumers[];
extern const struct migration cartd_migrations[];

/* What runs; set before any task or worker does, and constant then. */
extern struct service *cartd_service;

bool cartd_start(struct service *service, char **error);

task_fn supply_product, validate_cart, merge_cart;
work_fn hold_cart;

#endif
