/* What requests about stock may be. */
#ifndef ECOM_DAEMONS_CATALOGD_STOCK_RULES_H
#define ECOM_DAEMONS_CATALOGD_STOCK_RULES_H

#include "lib/http/rules.h"

#define BATCH_BODY_MAX (4 << 20) /* bytes; of the batches of other services */

/* Between services: batches, idempotent by their ids. */
extern const struct field quote_rules[], allocation_rules[], release_rules[], shipment_rules[],
	stock_return_rules[], hold_rules[];

#endif
