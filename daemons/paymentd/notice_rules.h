/* What notifyd asks for: bodies. */
#ifndef ECOM_DAEMONS_PAYMENTD_NOTICE_RULES_H
#define ECOM_DAEMONS_PAYMENTD_NOTICE_RULES_H

#include "lib/http/rules.h"

extern const struct field payment_notice_rules[];

#endif
