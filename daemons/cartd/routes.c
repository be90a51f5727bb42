/* Every endpoint of cartd. */
#include "daemons/cartd/cartd.h"

#include "daemons/cartd/cart_rules.h"
#include "daemons/cartd/sql.h"
#include "lib/daemon/operations.h"

#define SNAPSHOT_BODY_MAX ((size_t)128 << 10)

const struct route cartd_routes[] = {
	{ GET, "/v1/carts", SQL(list_carts), .on = SHOP | ADMIN, .token = true, .query = cart_query,
	  .db = DB_SLOW, .summary = "List the caller's carts; with carts:read, all" },
	{ POST, "/v1/carts", SQL(create_cart), .on = SHOP | ADMIN, .token = true,
	  .body = cart_rules, .ok = 201, .summary = "Make a cart" },
	{ GET, "/v1/carts/{id}", SQL(get_cart), .on = SHOP | ADMIN, .token = true, .etag = true,
	  .summary = "Show a cart" },
	{ DELETE, "/v1/carts/{id}", SQL(delete_cart), .on = SHOP | ADMIN, .token = true, .ok = 204,
	  .summary = "Remove a cart" },
	{ POST, "/v1/carts/{id}/lines", SQL(add_line), .on = SHOP | ADMIN, .token = true,
	  .body = cart_line_rules, .supply = supply_product, .summary = "Put pieces into a cart" },
	{ PATCH, "/v1/carts/{id}/lines/{sku}", SQL(set_line), .on = SHOP | ADMIN, .token = true,
	  .body = cart_line_patch_rules, .summary = "Set the quantity of a line" },
	{ DELETE, "/v1/carts/{id}/lines/{sku}", SQL(remove_line), .on = SHOP | ADMIN, .token = true,
	  .summary = "Remove a line" },
	{ POST, "/v1/carts/{id}/coupons", SQL(add_coupon), .on = SHOP | ADMIN, .token = true,
	  .body = cart_coupon_rules, .summary = "Put a coupon on a cart" },
	{ DELETE, "/v1/carts/{id}/coupons/{code}", SQL(remove_coupon), .on = SHOP | ADMIN,
	  .token = true, .summary = "Take a coupon off a cart" },
	{ POST, "/v1/carts/{id}/validation", .task = validate_cart, .on = SHOP | ADMIN,
	  .token = true, .body = cart_validation_rules,
	  .summary = "Compare a cart with prices and stock as they are now" },
	{ POST, "/v1/carts/{id}/merge", .task = merge_cart, .on = SHOP | ADMIN, .token = true,
	  .body = cart_merge_rules, .summary = "Take over what is in a guest's cart" },

	{ POST, "/v1/cart-snapshots", SQL(snapshot_carts), .on = INTERNAL, .scope = "carts:read",
	  .body = cart_snapshot_rules, .body_max = SNAPSHOT_BODY_MAX, .db = DB_READ,
	  .summary = "What up to 1000 carts contain" },

	{ POST, "/v1/cart-notices", SQL(cart_notices), .on = INTERNAL, .scope = "carts:read",
	  .body = cart_notice_rules, .db = DB_READ,
	  .summary = "Up to 200 carts as their owners see them" },

	OPERATION_ROUTES("cartd"),
	{ 0 },
};
