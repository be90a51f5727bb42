/* Promotions: bodies and query strings. */
#include "daemons/orderd/promotion_rules.h"

#include "daemons/orderd/order_rules.h"

#define ONE_LINE    "^[^[:cntrl:]]*$"
#define COUNTRY     "^[A-Z]{2}$"
#define SKU_FORM    "^[A-Za-z0-9][A-Za-z0-9._-]*$"
#define CODE_FORM   "^[a-z0-9]+(-[a-z0-9]+)*$"
#define COUPON_FORM "^[A-Za-z0-9][A-Za-z0-9_-]*$"

#define PPM_MAX      1000000
#define AMOUNT_MAX   1000000000000 /* minor units */
#define PIECES_MAX   10000
#define USES_MAX     1000000000
#define PRIORITY_MAX 1000000
#define LIST_MAX     1000
#define CODES_MAX    1000

static const char *const kinds[] = { "percentage", "amount", "free_shipping", "buy_x_get_y", NULL };

const struct field coupon_item = { "coupon", STRING, .min = 2, .max = 40, .match = COUPON_FORM };

static const struct field sku_item = { "sku", STRING, .min = 1, .max = 64, .match = SKU_FORM };
static const struct field category_item = { "category", STRING, .min = 1, .max = 100,
					    .match = CODE_FORM };
static const struct field country_item = { "country", STRING, .match = COUNTRY };
static const struct field customer_item = { "customer", STRING, .min = 3, .max = 254,
					    .match = "^[^[:cntrl:][:space:]]+$" };

/* What can be given at the start and changed later. */
#define PROMOTION_FIELDS                                                                        \
	{ "automatic", BOOL,                                                                    \
	  .help = "Applies by itself; without coupons true when it is left out" },              \
		{ "ppm",                                                                        \
		  INT,                                                                          \
		  .min = 1,                                                                     \
		  .max = PPM_MAX,                                                               \
		  .nullable = true,                                                             \
		  .help = "Parts per million off: 100000 is 10 %. With buy_x_get_y: off the y " \
			  "pieces; all of them when it is left out" },                          \
		{ "amount",         MONEY,                                                      \
		  .min = 1,         .max = AMOUNT_MAX,                                          \
		  .nullable = true, .help = "Off the lines together, with the kind amount" },   \
		{ "buy",                                                                        \
		  INT,                                                                          \
		  .min = 1,                                                                     \
		  .max = PIECES_MAX,                                                            \
		  .nullable = true,                                                             \
		  .help = "x of buy_x_get_y" },                                                 \
		{ "get",                                                                        \
		  INT,                                                                          \
		  .min = 1,                                                                     \
		  .max = PIECES_MAX,                                                            \
		  .nullable = true,                                                             \
		  .help = "y of buy_x_get_y: of each x + y pieces the y cheapest" },            \
		{ "max_discount", MONEY, .min = 1, .max = AMOUNT_MAX, .nullable = true },       \
		{ "min_subtotal",   MONEY,                                                      \
		  .min = 1,         .max = AMOUNT_MAX,                                          \
		  .nullable = true, .help = "Of all lines, before discounts" },                 \
		{ "currency", STRING, .match = "^[A-Z]{3}$", .nullable = true,                  \
		  .help = "Only orders in it; that of the amounts" },                           \
		{ "products", ARRAY, .max = LIST_MAX, .items = &sku_item,                       \
		  .help = "Only these; with categories: these too" },                           \
		{ "categories", ARRAY, .max = LIST_MAX, .items = &category_item,                \
		  .help = "Only what is in one of them, or below" },                            \
		{ "countries", ARRAY, .max = LIST_MAX, .items = &country_item },                \
		{ "customers", ARRAY, .max = LIST_MAX, .items = &customer_item,                 \
		  .help = "Ids of users, e-mail addresses, or @domains of them" },              \
		{ "first_order", BOOL, .help = "Only a customer's first order" },               \
		{ "starts_at", TIME, .nullable = true }, { "ends_at", TIME, .nullable = true }, \
		{ "priority", INT, .min = -PRIORITY_MAX, .max = PRIORITY_MAX,                   \
		  .help = "The lowest applies first; of equal ones by code" },                  \
		{ "exclusive", BOOL, .help = "Does not combine with others" },                  \
		{ "max_uses", INT, .min = 1, .max = USES_MAX, .nullable = true },               \
		{ "max_uses_per_customer", INT, .min = 1, .max = USES_MAX, .nullable = true },  \
	{                                                                                       \
		"active", BOOL                                                                  \
	}

const struct field promotion_rules[] = {
	{ "code", STRING, REQUIRED, .min = 1, .max = 40, .match = CODE_FORM },
	{ "name", STRING, REQUIRED, .min = 1, .max = 200, .match = ONE_LINE,
	  .help = "What customers read" },
	{ "kind", STRING, REQUIRED, .values = kinds },
	{ "coupons", ARRAY, .max = CODES_MAX, .items = &coupon_item,
	  .help = "Codes that can be used any number of times" },
	PROMOTION_FIELDS,
	{ 0 },
};

const struct field promotion_patch_rules[] = {
	{ "name", STRING, .min = 1, .max = 200, .match = ONE_LINE },
	{ "kind", STRING, .values = kinds },
	PROMOTION_FIELDS,
	{ 0 },
};

const struct field promotion_query[] = {
	{ "active", BOOL, .help = "Only those that are switched on, or off" },
	{ "after", CURSOR, .help = "`next` of the page before" },
	{ "limit", INT, .min = 1, .max = 200, .fallback = "50" },
	{ 0 },
};

const struct field promotion_page_query[] = {
	{ "after", CURSOR, .help = "`next` of the page before" },
	{ "limit", INT, .min = 1, .max = 200, .fallback = "50" },
	{ 0 },
};

const struct field promotion_coupon_rules[] = {
	{ "codes", ARRAY, .max = CODES_MAX, .items = &coupon_item, .help = "These codes" },
	{ "count", INT, .min = 1, .max = CODES_MAX, .help = "So many random ones" },
	{ "max_uses", INT, .min = 1, .max = USES_MAX,
	  .help = "Of each; left out: any number for codes, one for random ones" },
	{ 0 },
};

const struct field promotion_explanation_rules[] = {
	{ "lines", ARRAY, REQUIRED, .min = 1, .max = 100, .items = &order_line_item },
	{ "coupons", ARRAY, .max = COUPONS_MAX, .items = &coupon_item },
	{ "owner", STRING, .min = 1, .max = 100, .help = "The customer: a user, or guest:UUID" },
	{ "email", EMAIL },
	{ "country", STRING, .match = COUNTRY },
	{ "shipping_method", STRING, .min = 1, .max = 40, .match = CODE_FORM },
	{ 0 },
};
