/* What people want to be told: bodies and query strings. */
#ifndef ECOM_DAEMONS_NOTIFYD_PREFERENCE_RULES_H
#define ECOM_DAEMONS_NOTIFYD_PREFERENCE_RULES_H

#include "lib/http/rules.h"

extern const struct field preference_rules[], preference_query[], unsubscription_rules[];

#endif
