/* The options of webhooks: checked at the start, and stored where the SQL functions read them. */
#ifndef ECOM_DAEMONS_NOTIFYD_WEBHOOK_WORK_H
#define ECOM_DAEMONS_NOTIFYD_WEBHOOK_WORK_H

#include <stdbool.h>

#include "lib/queue/worker.h"

struct options;

#define WEBHOOK_SETTING_EVERY_MS (60 * 1000)

/* Checks webhook_allow and webhook_retries; false with *error (the caller frees). */
bool webhook_open(const struct options *options, char **error);

work_fn webhook_put_setting; /* the options to where the SQL functions read them */

#endif
