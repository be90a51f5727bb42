/* What notifyd asks for: bodies. */
#ifndef ECOM_DAEMONS_ORDERD_NOTICE_RULES_H
#define ECOM_DAEMONS_ORDERD_NOTICE_RULES_H

#include "lib/http/rules.h"

extern const struct field order_notice_rules[];

#endif
