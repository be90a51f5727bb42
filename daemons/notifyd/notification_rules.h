/* Bodies and query strings of the routes of notifications. */
#ifndef ECOM_DAEMONS_NOTIFYD_NOTIFICATION_RULES_H
#define ECOM_DAEMONS_NOTIFYD_NOTIFICATION_RULES_H

#include "lib/http/rules.h"

extern const struct field notification_query[], preview_rules[], notification_test_rules[];

#endif
