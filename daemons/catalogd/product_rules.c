/* Products: bodies, query strings and import rows. */
#include "daemons/catalogd/product_rules.h"

#include <stddef.h>

/* A SKU is a part of URLs and file names and is typed by people. */
#define SKU_FORM  "^[A-Za-z0-9][A-Za-z0-9._-]*$"
#define SLUG_FORM "^[a-z0-9]+(-[a-z0-9]+)*$"

#define DESCRIPTION_MAX 10000
#define PRICE_MAX       1000000000000000 /* minor units */
#define STOCK_MAX       1000000000000

#define SKU_HELP        "Identifies the product for ever"
#define STATUS_HELP     "Only active products are in the shop; active brings an archived one back"
#define CATEGORY_HELP   "Slug of a category, or null"
#define STOCK_HELP      "Pieces on hand; null: not tracked, always available"
#define ATTRIBUTES_HELP "Colour, size, material, ...: texts, numbers, true or false"

static const char *const statuses[] = { "draft", "active", "archived", NULL };
static const char *const unarchived[] = { "draft", "active", NULL };

const struct field product_rules[] = {
	{ "sku", STRING, REQUIRED, .min = 1, .max = 64, .match = SKU_FORM, .help = SKU_HELP },
	{ "name", STRING, REQUIRED, .min = 1, .max = 200 },
	{ "description", STRING, .max = DESCRIPTION_MAX, .fallback = "\"\"" },
	{ "status", STRING, .values = unarchived, .fallback = "\"draft\"", .help = STATUS_HELP },
	{ "category", STRING, .max = 64, .match = SLUG_FORM, .nullable = true,
	  .help = CATEGORY_HELP },
	{ "price", MONEY, REQUIRED, .max = PRICE_MAX },
	{ "stock", INT, .max = STOCK_MAX, .nullable = true, .help = STOCK_HELP },
	{ "attributes", OBJECT, .fallback = "{}", .help = ATTRIBUTES_HELP },
	{ 0 },
};

const struct field product_patch_rules[] = {
	{ "name", STRING, .min = 1, .max = 200 },
	{ "description", STRING, .max = DESCRIPTION_MAX },
	{ "status", STRING, .values = unarchived, .help = STATUS_HELP },
	{ "category", STRING, .max = 64, .match = SLUG_FORM, .nullable = true,
	  .help = CATEGORY_HELP },
	{ "price", MONEY, .max = PRICE_MAX },
	{ "stock", INT, .max = STOCK_MAX, .nullable = true, .help = STOCK_HELP },
	{ "attributes", OBJECT, .help = ATTRIBUTES_HELP },
	{ 0 },
};

const struct field product_import_rules[] = {
	{ "sku", STRING, REQUIRED, .min = 1, .max = 64, .match = SKU_FORM, .help = SKU_HELP },
	{ "name", STRING, .min = 1, .max = 200 },
	{ "description", STRING, .max = DESCRIPTION_MAX },
	{ "status", STRING, .values = statuses, .help = STATUS_HELP },
	{ "category", STRING, .max = 64, .match = SLUG_FORM, .nullable = true,
	  .help = CATEGORY_HELP },
	{ "price", MONEY, .max = PRICE_MAX },
	{ "stock", INT, .max = STOCK_MAX, .nullable = true, .help = STOCK_HELP },
	{ "attributes", OBJECT, .help = ATTRIBUTES_HELP },
	{ 0 },
};

const struct field product_query[] = {
	{ "q", STRING, .min = 1, .max = 200,
	  .help = "Words that must occur; the last one may be the beginning of a word" },
	{ "category", STRING, .max = 64, .help = "Slug; products of the categories below it too" },
	{ "status", STRING, .values = statuses, .help = "Needs a catalog scope unless active" },
	{ "in_stock", BOOL, .help = "True: available; false: sold out" },
	{ "min_price", INT, .max = PRICE_MAX, .help = "Minor units" },
	{ "max_price", INT, .max = PRICE_MAX, .help = "Minor units" },
	{ "after", CURSOR, .help = "`next` of the page before" },
	{ "limit", INT, .min = 1, .max = 200, .fallback = "50" },
	{ 0 },
};
