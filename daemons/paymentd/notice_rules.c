/* What notifyd asks for: bodies. */
#include "daemons/paymentd/notice_rules.h"

#define PAYMENTS_MAX 200

static const struct field payment_item = { "payment", UUID };

const struct field payment_notice_rules[] = {
	{ "payments", ARRAY, REQUIRED, .min = 1, .max = PAYMENTS_MAX, .items = &payment_item },
	{ 0 },
};
