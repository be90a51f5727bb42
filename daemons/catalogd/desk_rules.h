/* What people may ask of stock, and of locations. */
#ifndef ECOM_DAEMONS_CATALOGD_DESK_RULES_H
#define ECOM_DAEMONS_CATALOGD_DESK_RULES_H

#include "lib/http/rules.h"

extern const struct field stock_query[], movement_query[], location_query[];
extern const struct field adjust_rules[], set_rules[], receive_rules[], count_rules[],
	transfer_rules[], threshold_rules[], location_rules[];

#endif
