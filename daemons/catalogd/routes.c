/* Every endpoint of catalogd. */
#include "daemons/catalogd/catalogd.h"

#include "daemons/catalogd/category_rules.h"
#include "daemons/catalogd/desk_rules.h"
#include "daemons/catalogd/import_products.h"
#include "daemons/catalogd/product_rules.h"
#include "daemons/catalogd/sql.h"
#include "daemons/catalogd/stock_rules.h"
#include "lib/daemon/operations.h"

#define CACHE_SECONDS 5

const struct route catalogd_routes[] = {
	{ GET, "/v1/products", SQL(list_products), .on = SHOP | ADMIN, .query = product_query,
	  .cache = CACHE_SECONDS, .db = DB_SLOW, .summary = "List, filter and search products" },
	{ POST, "/v1/products", SQL(create_product), .on = ADMIN, .scope = "catalog:write",
	  .body = product_rules, .body_max = PRODUCT_BODY_MAX, .ok = 201,
	  .summary = "Create a product" },
	{ GET, "/v1/products/{sku}", SQL(get_product), .on = SHOP | ADMIN, .cache = CACHE_SECONDS,
	  .etag = true, .summary = "Read a product" },
	{ PATCH, "/v1/products/{sku}", SQL(update_product), .on = ADMIN, .scope = "catalog:write",
	  .body = product_patch_rules, .body_max = PRODUCT_BODY_MAX, .if_match = true, .etag = true,
	  .summary = "Change parts of a product" },
	{ POST, "/v1/products/{sku}/archive", SQL(archive_product), .on = ADMIN,
	  .scope = "catalog:write", .if_match = true, .etag = true,
	  .summary = "Take a product out of the shop" },

	{ GET, "/v1/categories", SQL(list_categories), .on = SHOP | ADMIN, .query = category_query,
	  .cache = CACHE_SECONDS, .summary = "List categories" },
	{ POST, "/v1/categories", SQL(create_category), .on = ADMIN, .scope = "catalog:write",
	  .body = category_rules, .ok = 201, .summary = "Create a category" },
	{ GET, "/v1/categories/{slug}", SQL(get_category), .on = SHOP | ADMIN,
	  .cache = CACHE_SECONDS, .etag = true, .summary = "Read a category" },
	{ PATCH, "/v1/categories/{slug}", SQL(update_category), .on = ADMIN,
	  .scope = "catalog:write", .body = category_patch_rules, .if_match = true, .etag = true,
	  .summary = "Change or move a category" },
	{ POST, "/v1/categories/{slug}/archive", SQL(archive_category), .on = ADMIN,
	  .scope = "catalog:write", .if_match = true, .etag = true,
	  .summary = "Archive a category and everything below it" },

	{ POST, "/v1/product-imports", .task = import_products, .on = ADMIN,
	  .scope = "catalog:write", .ndjson = true, .body_max = IMPORT_BODY_MAX, .ok = 201,
	  .summary = "Create or update up to 2000 products, one JSON object per line" },
	{ GET, "/v1/product-imports/{id}", SQL(get_import), .on = ADMIN, .scope = "catalog:write",
	  .summary = "What an import did" },

	{ GET, "/v1/stock", SQL(list_stock), .on = ADMIN, .scope = "stock:read",
	  .query = stock_query, .db = DB_SLOW, .summary = "List stock by SKU and location" },
	{ GET, "/v1/stock/{sku}", SQL(get_stock), .on = ADMIN, .scope = "stock:read", .etag = true,
	  .summary = "Read the stock of a SKU at all locations" },
	{ POST, "/v1/stock/{sku}/adjust", SQL(adjust_stock), .on = ADMIN, .scope = "stock:write",
	  .body = adjust_rules, .summary = "Add or take away, with a reason" },
	{ POST, "/v1/stock/{sku}/set", SQL(set_stock), .on = ADMIN, .scope = "stock:write",
	  .body = set_rules, .summary = "Set what is on hand" },
	{ POST, "/v1/stock/{sku}/receive", SQL(receive_stock), .on = ADMIN, .scope = "stock:write",
	  .body = receive_rules, .summary = "Take in a delivery" },
	{ POST, "/v1/stock/{sku}/count", SQL(count_stock), .on = ADMIN, .scope = "stock:write",
	  .body = count_rules, .summary = "Say what was counted" },
	{ POST, "/v1/stock/{sku}/transfer", SQL(transfer_stock), .on = ADMIN,
	  .scope = "stock:write", .body = transfer_rules,
	  .summary = "Move stock to another location" },
	{ POST, "/v1/stock/{sku}/threshold", SQL(threshold_stock), .on = ADMIN,
	  .scope = "stock:write", .body = threshold_rules,
	  .summary = "Set from which number on stock is low" },
	{ GET, "/v1/stock-movements", SQL(list_movements), .on = ADMIN, .scope = "stock:read",
	  .query = movement_query, .db = DB_SLOW,
	  .summary = "List what changed stock, newest first" },
	{ GET, "/v1/stock-verification", SQL(verify_stock), .on = ADMIN, .scope = "stock:read",
	  .db = DB_SLOW, .summary = "Compare all levels with the ledger" },
	{ GET, "/v1/locations", SQL(list_locations), .on = ADMIN, .scope = "stock:read",
	  .query = location_query, .summary = "List locations" },
	{ GET, "/v1/locations/{code}", SQL(get_location), .on = ADMIN, .scope = "stock:read",
	  .summary = "Read a location" },
	{ POST, "/v1/locations", SQL(create_location), .on = ADMIN, .scope = "stock:write",
	  .body = location_rules, .ok = 201, .summary = "Create a location" },

	{ POST, "/v1/quotes", SQL(quote_products), .on = INTERNAL, .scope = "catalog:read",
	  .body = quote_rules, .body_max = BATCH_BODY_MAX, .db = DB_READ,
	  .summary = "Prices and availability of products" },
	{ POST, "/v1/product-categories", SQL(list_product_categories), .on = INTERNAL,
	  .scope = "catalog:read", .body = quote_rules, .body_max = BATCH_BODY_MAX, .db = DB_READ,
	  .summary = "The categories of products, with those above them" },
	{ POST, "/v1/allocations", SQL(allocate_stock), .on = INTERNAL, .scope = "stock:allocate",
	  .body = allocation_rules, .body_max = BATCH_BODY_MAX,
	  .summary = "Allocate stock to orders, each wholly or not at all" },
	{ POST, "/v1/releases", SQL(release_stock), .on = INTERNAL, .scope = "stock:allocate",
	  .body = release_rules, .body_max = BATCH_BODY_MAX,
	  .summary = "Give back what orders have" },
	{ POST, "/v1/stock-shipments", SQL(ship_stock), .on = INTERNAL, .scope = "stock:allocate",
	  .body = shipment_rules, .body_max = BATCH_BODY_MAX, .summary = "Ship what orders have" },
	{ POST, "/v1/stock-returns", SQL(return_stock), .on = INTERNAL, .scope = "stock:allocate",
	  .body = stock_return_rules, .body_max = BATCH_BODY_MAX,
	  .summary = "Take in what customers sent back and can be sold again" },
	{ PUT, "/v1/holds/{cart}", SQL(hold_stock), .on = INTERNAL, .scope = "stock:allocate",
	  .body = hold_rules, .summary = "Hold stock for a cart for a while" },
	{ DELETE, "/v1/holds/{cart}", SQL(unhold_stock), .on = INTERNAL, .scope = "stock:allocate",
	  .summary = "Hold nothing for a cart any more" },

	OPERATION_ROUTES("catalogd"),
	{ 0 },
};
