/* What cartd keeps for a limited time. */
#include "lib/queue/retention.h"
#include "daemons/cartd/cartd.h"
#include "daemons/cartd/sql.h"

#define DAYS(n) (INT64_C(86400000) * (n))

const struct retention cartd_retention[] = {
	{ "carts", "retention_carts", 0, SQL(retention_carts) },
	{ "products", NULL, DAYS(30), SQL(retention_products) },
	{ 0 },
};
