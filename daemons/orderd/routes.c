/* Every endpoint of orderd. Who has the scope orders:read sees all orders, others their own. */
#include "daemons/orderd/notice_rules.h"
#include "daemons/orderd/order_rules.h"
#include "daemons/orderd/orderd.h"
#include "daemons/orderd/shop_rules.h"
#include "daemons/orderd/sql.h"
#include "lib/daemon/operations.h"

const struct route orderd_routes[] = {
	{ POST, "/v1/order-previews", SQL(preview_order), .on = SHOP | ADMIN,
	  .body = order_preview_rules, .db = DB_READ, .summary = "What an order would cost" },
	{ POST, "/v1/orders", SQL(place_order), .on = SHOP | ADMIN, .token = true,
	  .key = KEY_REQUIRED, .body = order_rules, .wait = SQL(wait_orders), .ok = 202,
	  .summary = "Place an order" },
	{ GET, "/v1/orders/{number}", SQL(get_order), .on = SHOP | ADMIN, .token = true,
	  .etag = true, .summary = "Show an order, by number or id" },
	{ GET, "/v1/orders", SQL(list_orders), .on = SHOP | ADMIN, .token = true,
	  .query = order_query, .db = DB_SLOW, .summary = "List orders, newest first" },
	{ GET, "/v1/orders/{number}/timeline", SQL(get_timeline), .on = SHOP | ADMIN, .token = true,
	  .summary = "What happened to an order" },
	{ GET, "/v1/order-events", SQL(list_order_events), .on = ADMIN, .scope = "orders:read",
	  .query = order_event_query, .summary = "List the changes of all orders" },
	{ GET, "/v1/order-tracking/{number}", SQL(track_order), .on = SHOP,
	  .query = order_tracking_query,
	  .summary = "Where an order is, for who has its number and e-mail address" },

	{ POST, "/v1/orders/{number}/shipments", SQL(ship_order), .on = ADMIN,
	  .scope = "orders:write", .body = order_shipment_rules, .wait = SQL(wait_shipments),
	  .ok = 201, .summary = "Ship what is open of an order, or a part of it" },
	{ GET, "/v1/orders/{number}/shipments/{shipment}", SQL(get_shipment), .on = SHOP | ADMIN,
	  .token = true, .summary = "Show a shipment" },
	{ POST, "/v1/orders/{number}/cancellations", SQL(cancel_order), .on = SHOP | ADMIN,
	  .token = true, .body = order_cancellation_rules, .wait = SQL(wait_cancellations),
	  .ok = 201, .summary = "Cancel what is open of an order, or a part of it" },
	{ GET, "/v1/orders/{number}/cancellations/{cancellation}", SQL(get_cancellation),
	  .on = SHOP | ADMIN, .token = true, .summary = "Show a cancellation" },
	{ POST, "/v1/orders/{number}/hold", SQL(hold_order), .on = ADMIN, .scope = "orders:write",
	  .body = order_hold_rules, .summary = "Keep an order from being shipped" },
	{ POST, "/v1/orders/{number}/resume", SQL(resume_order), .on = ADMIN,
	  .scope = "orders:write", .summary = "Let a held order be shipped" },
	{ POST, "/v1/orders/{number}/notes", SQL(create_note), .on = ADMIN, .scope = "orders:write",
	  .body = order_note_rules, .ok = 201, .summary = "Add a note to an order" },
	{ GET, "/v1/orders/{number}/notes/{note}", SQL(get_note), .on = SHOP | ADMIN, .token = true,
	  .summary = "Show a note" },

	{ GET, "/v1/tax-rates", SQL(list_tax_rates), .on = ADMIN, .scope = "orders:read",
	  .query = shop_page_query, .summary = "List tax rates" },
	{ POST, "/v1/tax-rates", SQL(create_tax_rate), .on = ADMIN, .scope = "shop:write",
	  .body = tax_rate_rules, .ok = 201, .summary = "Add a tax rate" },
	{ GET, "/v1/tax-rates/{code}", SQL(get_tax_rate), .on = ADMIN, .scope = "orders:read",
	  .etag = true, .summary = "Show a tax rate" },
	{ PATCH, "/v1/tax-rates/{code}", SQL(update_tax_rate), .on = ADMIN, .scope = "shop:write",
	  .body = tax_rate_patch_rules, .if_match = true, .etag = true,
	  .summary = "Change a tax rate; orders keep what they were placed with" },
	{ DELETE, "/v1/tax-rates/{code}", SQL(delete_tax_rate), .on = ADMIN, .scope = "shop:write",
	  .if_match = true, .ok = 204, .summary = "Remove a tax rate" },

	{ GET, "/v1/shipping-methods", SQL(list_shipping_methods), .on = ADMIN,
	  .scope = "orders:read", .query = shop_page_query, .summary = "List shipping methods" },
	{ POST, "/v1/shipping-methods", SQL(create_shipping_method), .on = ADMIN,
	  .scope = "shop:write", .body = shipping_method_rules, .ok = 201,
	  .summary = "Add a shipping method" },
	{ GET, "/v1/shipping-methods/{code}", SQL(get_shipping_method), .on = ADMIN,
	  .scope = "orders:read", .etag = true, .summary = "Show a shipping method" },
	{ PATCH, "/v1/shipping-methods/{code}", SQL(update_shipping_method), .on = ADMIN,
	  .scope = "shop:write", .body = shipping_method_patch_rules, .if_match = true,
	  .etag = true,
	  .summary = "Change a shipping method; orders keep what they were placed with" },
	{ DELETE, "/v1/shipping-methods/{code}", SQL(delete_shipping_method), .on = ADMIN,
	  .scope = "shop:write", .if_match = true, .ok = 204,
	  .summary = "Remove a shipping method" },

	{ POST, "/v1/order-notices", SQL(order_notices), .on = INTERNAL, .scope = "orders:read",
	  .body = order_notice_rules, .db = DB_SLOW,
	  .summary = "Up to 200 orders as their customers see them" },

	OPERATION_ROUTES("orderd"),
	{ 0 },
};
