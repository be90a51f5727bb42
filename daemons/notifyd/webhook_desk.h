/* The writes of subscriptions that a statement alone cannot do: their URL is checked, their secret made. */
#ifndef ECOM_DAEMONS_NOTIFYD_WEBHOOK_DESK_H
#define ECOM_DAEMONS_NOTIFYD_WEBHOOK_DESK_H

#include "lib/http/route.h"

task_fn create_webhook, update_webhook, rotate_webhook;

#endif
