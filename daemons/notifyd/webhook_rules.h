/* Bodies and query strings of the routes of webhooks. */
#ifndef ECOM_DAEMONS_NOTIFYD_WEBHOOK_RULES_H
#define ECOM_DAEMONS_NOTIFYD_WEBHOOK_RULES_H

#include "lib/http/rules.h"

extern const struct field webhook_rules[], webhook_patch_rules[], webhook_query[],
	webhook_rotate_query[], webhook_replay_rules[], webhook_delivery_query[],
	webhook_deliveries_query[], webhook_feed_query[];

#endif
