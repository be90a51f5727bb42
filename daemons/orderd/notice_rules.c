/* What notifyd asks for: bodies. */
#include "daemons/orderd/notice_rules.h"

#define ORDERS_MAX 200

static const struct field order_item = { "order", UUID };

const struct field order_notice_rules[] = {
	{ "orders", ARRAY, REQUIRED, .min = 1, .max = ORDERS_MAX, .items = &order_item },
	{ 0 },
};
