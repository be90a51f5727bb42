/* The events of others that cartd acts on. */
#include "daemons/cartd/cartd.h"

#include "daemons/cartd/sql.h"

const struct consumer cartd_consumers[] = {
	{ "catalog.product.>", SQL(stale_products) },
	{ "catalog.category.>", SQL(stale_all) },
	{ "orders.order.confirmed", SQL(take_order) },
	{ 0 },
};
