/* The tables of userd, and the functions that its route table names. */
#ifndef ECOM_DAEMONS_USERD_USERD_H
#define ECOM_DAEMONS_USERD_USERD_H

#include "lib/base/options.h"
#include "lib/db/migrate.h"
#include "lib/http/route.h"
#include "lib/queue/retention.h"
#include "lib/queue/worker.h"

struct service;

extern const struct route userd_routes[];
extern const struct option userd_options[];
extern const struct worker userd_workers[];
extern const struct retention userd_retention[];
extern const struct migration userd_migrations[];

/* The options in force; set before any task or worker runs, and constant then. */
extern const struct options *userd_settings;

bool userd_start(struct service *service, char **error);
void userd_stop(struct service *service);

task_fn register_user, create_session, end_session, issue_token, revoke_token, create_client,
	create_guest, reset_password;
batch_fn resets_answered;

#endif
