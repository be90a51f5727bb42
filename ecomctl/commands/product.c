/* product: list get describe create update archive import. */
#include "ecomctl/commands/commands.h"
#include "ecomctl/commands/import.h"
#include "ecomctl/commands/resource.h"

static const struct resource product = {
	.collection = "/v1/products",
	.item = "/v1/products/{}",
	.archive = "/v1/products/{}/archive",
	.key = "sku",
	.singular = "product",
	.plural = "products",
};

static const struct column product_columns[] = {
	{ "sku", COLUMN_TEXT, 0 },
	{ "name", COLUMN_TEXT, 0 },
	{ "price", COLUMN_MONEY, 2 },
	{ "stock", COLUMN_NUMBER, 2 },
	{ "status", COLUMN_STATUS, 3 },
	{ "category", COLUMN_TEXT, 4 },
	{ "updated_at", COLUMN_TIME, 5, "UPDATED" },
	{ "version", COLUMN_NUMBER, .detail = true },
	{ "description", COLUMN_TEXT, .detail = true },
	{ "attributes", COLUMN_OBJECT, .detail = true },
	{ "created_at", COLUMN_TIME, .detail = true },
	{ 0 },
};

static const struct argument one_sku[] = { { "SKU", "the product's number" }, { 0 } };
static const struct argument many_skus[] = { { "SKU", "the product's number", .many = true },
					     { 0 } };

static const char *const statuses[] = { "draft", "active", "archived", NULL };
static const char *const new_statuses[] = { "draft", "active", NULL };

static const struct flag list_flags[] = {
	{ "search", 's', FLAG_TEXT, "WORDS", "products with these words", .field = "q" },
	{ "category", 'c', FLAG_TEXT, "SLUG", "in this category or below", .field = "category" },
	{ "status", 0, FLAG_CHOICE, NULL, "in this status", .choices = statuses,
	  .field = "status" },
	{ "in-stock", 0, FLAG_SWITCH, NULL, "that can be sold now", .field = "in_stock" },
	{ "min-price", 0, FLAG_MONEY, NULL, "from this price on", .field = "min_price" },
	{ "max-price", 0, FLAG_MONEY, NULL, "up to this price", .field = "max_price" },
	{ 0 },
};

#define PRODUCT_FIELDS                                                                           \
	{ "price", 'p', FLAG_MONEY, NULL, "the price, such as 19.99EUR", .field = "price" },     \
		{ "stock",                                                                       \
		  0,                                                                             \
		  FLAG_NUMBER,                                                                   \
		  NULL,                                                                          \
		  "pieces in stock; none: not counted",                                          \
		  .min = 0,                                                                      \
		  .max = INT64_MAX,                                                              \
		  .nullable = true,                                                              \
		  .field = "stock" },                                                            \
		{ "status",         0, FLAG_CHOICE, NULL, "the status", .choices = new_statuses, \
		  .field = "status" },                                                           \
		{ "category",                                                                    \
		  'c',                                                                           \
		  FLAG_TEXT,                                                                     \
		  "SLUG",                                                                        \
		  "its category; none: no category",                                             \
		  .nullable = true,                                                              \
		  .field = "category" },                                                         \
		{ "description", 0, FLAG_TEXT, NULL, "text about it", .field = "description" },  \
	{                                                                                        \
		"attr", 'a', FLAG_PAIR, NULL, "an attribute; empty removes it",                  \
			.repeat = true, .field = "attributes"                                    \
	}

static const struct flag create_flags[] = {
	{ "name", 'n', FLAG_TEXT, NULL, "what people read", .field = "name" },
	PRODUCT_FIELDS,
	{ 0 },
};

static const struct flag update_flags[] = {
	{ "name", 'n', FLAG_TEXT, NULL, "what people read", .field = "name" },
	PRODUCT_FIELDS,
	RESOURCE_IF_VERSION,
	{ 0 },
};

static const struct flag archive_flags[] = { RESOURCE_IF_VERSION, { 0 } };

const struct command product_commands[] = {
	{ "list", "List products", resource_list, NULL, list_flags, product_columns, "sku",
	  EXAMPLES("ecomctl product list --status active --in-stock",
		   "ecomctl product list --search 'blue mug' -o csv > mugs.csv",
		   "ecomctl product list --fields sku,price,stock --limit 0"),
	  .resource = &product, .pages = true },
	{ "get", "Show products in a line each", resource_get, many_skus, NULL, product_columns,
	  "sku", EXAMPLES("ecomctl product get MUG-1", "ecomctl get product MUG-1 MUG-2 -o json"),
	  .resource = &product },
	{ "describe", "Show all about a product", resource_describe, one_sku, NULL, product_columns,
	  "sku", EXAMPLES("ecomctl product describe MUG-1"), .resource = &product },
	{ "create", "Create a product", resource_create, one_sku, create_flags, product_columns,
	  "sku",
	  EXAMPLES("ecomctl product create MUG-1 --name 'Blue mug' --price 12.90EUR --stock 40",
		   "ecomctl product create MUG-2 --name Mug --price 9EUR --attr color=red"),
	  "A new product is a draft until its status is active.", &product, .writes = true },
	{ "update", "Change a product", resource_update, one_sku, update_flags, product_columns,
	  "sku",
	  EXAMPLES("ecomctl product update MUG-1 --price 11.90EUR",
		   "ecomctl product update MUG-1 --stock 12 --if-version 3"),
	  "Without --if-version the product is read first; a change by somebody else in between is "
	  "a conflict (exit code 6).",
	  &product, .writes = true },
	{ "archive", "Take products out of the shop", resource_archive, many_skus, archive_flags,
	  product_columns, "sku",
	  EXAMPLES("ecomctl product archive MUG-1", "ecomctl product archive MUG-1 MUG-2 --yes"),
	  "Nothing is deleted: ecomctl product update SKU --status active brings it back.",
	  &product, .writes = true, .destructive = true },
	{ "import", "Create and update products from a file", product_import, import_args,
	  import_flags, import_columns, NULL,
	  EXAMPLES("ecomctl product import products.csv --rejects bad.csv",
		   "zcat products.ndjson.gz | ecomctl product import -",
		   "ecomctl product import prices.csv --currency EUR --yes"),
	  "CSV has the columns of product list -o csv: sku, name, description, status, category, "
	  "price, currency, stock, attributes, and attr.NAME for single attributes. Only the "
	  "columns "
	  "that are there are changed; an empty cell leaves the value as it is, none empties "
	  "category and stock.\n\n"
	  "NDJSON has a product per line. Rows that are wrong are left out, written to the rejects "
	  "with line and reason, and the exit code is 9. Importing the same file again is safe.",
	  .writes = true, .destructive = true },
	{ 0 },
};
