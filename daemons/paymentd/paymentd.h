/* The tables of paymentd. */
#ifndef ECOM_DAEMONS_PAYMENTD_PAYMENTD_H
#define ECOM_DAEMONS_PAYMENTD_PAYMENTD_H

#include "lib/base/options.h"
#include "lib/db/migrate.h"
#include "lib/events/consumer.h"
#include "lib/http/route.h"
#include "lib/queue/outbound.h"
#include "lib/queue/retention.h"
#include "lib/queue/worker.h"

struct service;

extern const struct route paymentd_routes[];
extern const struct option paymentd_options[];
extern const struct worker paymentd_workers[];
extern const struct retention paymentd_retention[];
extern const struct consumer paymentd_consumers[];
extern const struct outbound paymentd_outbound[];
extern const struct migration paymentd_migrations[];

/* The process; set before any task, worker or call runs, and constant then. */
extern struct service *paymentd_service;

bool paymentd_start(struct service *service, char **error);

#endif
