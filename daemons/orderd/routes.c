/* Every endpoint of orderd. Who has the scope orders:read sees all orders, others their own. */
#include "daemons/orderd/order_rules.h"
#include "daemons/orderd/orderd.h"
#include "daemons/orderd/sql.h"

const struct route orderd_routes[] = {
	{ POST, "/v1/order-previews", SQL(preview_order), .on = SHOP | ADMIN, .body = preview_rules,
	  .db = DB_READ, .summary = "What an order would cost" },
	{ POST, "/v1/orders", SQL(place_order), .on = SHOP | ADMIN, .token = true,
	  .key = KEY_REQUIRED, .body = order_rules, .wait = SQL(wait_orders), .ok = 202,
	  .summary = "Place an order" },
	{ GET, "/v1/orders/{number}", SQL(get_order), .on = SHOP | ADMIN, .token = true,
	  .etag = true, .summary = "Show an order, by number or id" },
	{ 0 },
};
