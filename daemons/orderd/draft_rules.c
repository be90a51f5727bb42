/* Draft orders: bodies and query strings. */
#include "daemons/orderd/draft_rules.h"

#include "daemons/orderd/order_rules.h"

#define ONE_LINE    "^[^[:cntrl:]]*$"
#define SKU_FORM    "^[A-Za-z0-9][A-Za-z0-9._-]*$"
#define CODE_FORM   "^[a-z0-9]+(-[a-z0-9]+)*$"
#define TOKEN_FORM  "^[A-Za-z0-9_-]+$"
#define LOCALE_FORM "^[a-z]{2,3}(-[A-Z]{2})?$"
#define OWNER_FORM  "^(guest:)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"

#define LINES_MAX    100
#define QUANTITY_MAX 1000000
#define PRICE_MAX    1000000000000 /* minor units */
#define TOTAL_MAX    1000000000000000

static const char *const methods[] = { "bank_transfer", "cash_on_delivery", "invoice", NULL };
static const char *const statuses[] = { "open", "placed", NULL };

static const struct field line_fields[] = {
	{ "sku", STRING, REQUIRED, .min = 1, .max = 64, .match = SKU_FORM },
	{ "quantity", INT, REQUIRED, .min = 1, .max = QUANTITY_MAX },
	{ "price", MONEY, .max = PRICE_MAX, .help = "Of one; the catalogue's when it is left out" },
	{ "discount", MONEY, .max = TOTAL_MAX, .help = "Off the whole line" },
	{ 0 },
};

static const struct field line_item = { "line", OBJECT, .fields = line_fields };

#define PAYMENT_FIELDS                                                                    \
	{ "payment_token",                                                                \
	  STRING,                                                                         \
	  .min = 4,                                                                       \
	  .max = 200,                                                                     \
	  .match = TOKEN_FORM,                                                            \
	  .secret = true,                                                                 \
	  .help = "The payment provider's reference, never a card number" },              \
	{                                                                                 \
		"payment_method", STRING, .values = methods,                              \
					  .help = "A payment by hand, instead of a token" \
	}

#define DRAFT_FIELDS(presence, may_go)                                                           \
	{ "email", EMAIL, presence },                                                            \
		{ "name", STRING, .min = 1, .max = 200, .match = ONE_LINE, .nullable = may_go }, \
		{ "owner", STRING, .max = 42, .match = OWNER_FORM,                               \
		  .help = "Whose order it becomes: a user's id; a guest made for it without" },  \
		{ "locale",                                                                      \
		  STRING,                                                                        \
		  .min = 2,                                                                      \
		  .max = 10,                                                                     \
		  .match = LOCALE_FORM,                                                          \
		  .nullable = may_go,                                                            \
		  .help = "Of the customer, for messages: de or de-AT" },                        \
		{ "lines", ARRAY, presence, .min = 1, .max = LINES_MAX, .items = &line_item },   \
		{ "shipping_address", OBJECT, presence, .fields = order_address_fields },        \
		{ "billing_address", OBJECT, .fields = order_address_fields, .nullable = true,   \
		  .help = "If it differs" },                                                     \
		{ "shipping_method",                                                             \
		  STRING,                                                                        \
		  .min = 1,                                                                      \
		  .max = 40,                                                                     \
		  .match = CODE_FORM,                                                            \
		  .nullable = may_go,                                                            \
		  .help = "Needed without `shipping`" },                                         \
		{ "shipping", MONEY, .max = PRICE_MAX, .nullable = may_go,                       \
		  .help = "What shipping costs, instead of the method's price" },                \
		{ "note",                                                                        \
		  STRING,                                                                        \
		  .min = 1,                                                                      \
		  .max = 2000,                                                                   \
		  .nullable = may_go,                                                            \
		  .help = "For staff; it becomes a note of the order" },                         \
		PAYMENT_FIELDS,                                                                  \
	{                                                                                        \
		0                                                                                \
	}

const struct field draft_rules[] = { DRAFT_FIELDS(REQUIRED, false) };
const struct field draft_patch_rules[] = { DRAFT_FIELDS(OPTIONAL, true) };

const struct field draft_place_rules[] = {
	{ "total", MONEY, REQUIRED, .max = TOTAL_MAX,
	  .help = "As it was shown: no more is charged" },
	PAYMENT_FIELDS,
	{ 0 },
};

const struct field draft_query[] = {
	{ "status", STRING, .values = statuses },
	{ "email", EMAIL },
	{ "after", CURSOR, .help = "`next` of the page before" },
	{ "limit", INT, .min = 1, .max = 200, .fallback = "50" },
	{ 0 },
};
