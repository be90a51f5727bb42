/* POST /v1/webhooks/{provider}: what a provider tells by itself. */
#ifndef ECOM_DAEMONS_PAYMENTD_WEBHOOK_H
#define ECOM_DAEMONS_PAYMENTD_WEBHOOK_H

#include "lib/http/route.h"

#define WEBHOOK_BODY_MAX (256 << 10)

task_fn receive_webhook;

#endif
