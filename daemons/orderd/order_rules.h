/* Rules of orders, and of what is done to them. */
#ifndef ECOM_DAEMONS_ORDERD_ORDER_RULES_H
#define ECOM_DAEMONS_ORDERD_ORDER_RULES_H

#include "lib/http/rules.h"

extern const struct field order_rules[], preview_rules[], order_query[], tracking_query[];
extern const struct field shipment_rules[], cancellation_rules[], hold_rules[], note_rules[];

#endif
