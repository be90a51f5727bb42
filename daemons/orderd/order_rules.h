/* Rules of orders, and of what is done to them. */
#ifndef ECOM_DAEMONS_ORDERD_ORDER_RULES_H
#define ECOM_DAEMONS_ORDERD_ORDER_RULES_H

#include "lib/http/rules.h"

extern const struct field order_rules[], order_preview_rules[];
extern const struct field order_line_item;        /* sku, quantity, price */
extern const struct field order_address_fields[]; /* ends with an all-zero row */
extern const struct field order_query[], order_event_query[], order_tracking_query[];
extern const struct field order_shipment_rules[], order_cancellation_rules[];
extern const struct field order_hold_rules[], order_note_rules[];

#endif
