/* Orders: bodies and query strings. */
#include "daemons/orderd/order_rules.h"

#include "daemons/orderd/promotion_rules.h"

#define ONE_LINE   "^[^[:cntrl:]]*$"
#define COUNTRY    "^[A-Z]{2}$"
#define SKU_FORM   "^[A-Za-z0-9][A-Za-z0-9._-]*$"
#define CODE_FORM  "^[a-z0-9]+(-[a-z0-9]+)*$"
#define TOKEN_FORM "^[A-Za-z0-9_-]+$"

#define REASON_FORM "^[a-z][a-z0-9_-]*$" /* a code: no text about people in events */

#define LOCALE_FORM  "^[a-z]{2,3}(-[A-Z]{2})?$" /* BCP 47: language and country */
#define COUPONS_HELP "In any case of letters"

#define LINES_MAX    100
#define QUANTITY_MAX 1000000
#define PRICE_MAX    1000000000000 /* minor units */
#define TOTAL_MAX    1000000000000000
#define VERSION_MAX  INT64_MAX

static const struct field line_fields[] = {
	{ "sku", STRING, REQUIRED, .min = 1, .max = 64, .match = SKU_FORM },
	{ "quantity", INT, REQUIRED, .min = 1, .max = QUANTITY_MAX },
	{ "price", MONEY, REQUIRED, .max = PRICE_MAX, .help = "Of one, as it was shown" },
	{ 0 },
};

const struct field order_line_item = { "line", OBJECT, .fields = line_fields };

#define ADDRESS_FIELDS(presence)                                                                     \
	{ "name", STRING, presence, .min = 1, .max = 200, .match = ONE_LINE },                       \
		{ "company", STRING, .min = 1, .max = 200, .match = ONE_LINE, .nullable = true },    \
		{ "line1", STRING, presence, .min = 1, .max = 200, .match = ONE_LINE },              \
		{ "line2", STRING, .min = 1, .max = 200, .match = ONE_LINE, .nullable = true },      \
		{ "postal_code", STRING, .min = 1, .max = 20, .match = ONE_LINE, .nullable = true }, \
		{ "city", STRING, presence, .min = 1, .max = 100, .match = ONE_LINE },               \
		{ "region", STRING, .min = 1, .max = 100, .match = ONE_LINE, .nullable = true },     \
		{ "country", STRING, REQUIRED, .match = COUNTRY, .help = "ISO 3166-1 alpha-2" },     \
		{ "phone",         STRING, .min = 3, .max = 30, .match = "^\\+?[0-9 ()/.-]+$",       \
		  .nullable = true },                                                                \
	{                                                                                            \
		0                                                                                    \
	}

const struct field order_address_fields[] = { ADDRESS_FIELDS(REQUIRED) };
static const struct field place_fields[] = { ADDRESS_FIELDS(OPTIONAL) };

const struct field order_rules[] = {
	{ "cart", UUID, REQUIRED },
	{ "cart_version", INT, REQUIRED, .max = VERSION_MAX, .help = "Of the cart that was shown" },
	{ "lines", ARRAY, REQUIRED, .min = 1, .max = LINES_MAX, .items = &order_line_item,
	  .help = "As the cart was shown" },
	{ "total", MONEY, REQUIRED, .max = TOTAL_MAX,
	  .help = "As it was shown: no more is charged" },
	{ "email", EMAIL, REQUIRED },
	{ "name", STRING, .min = 1, .max = 200, .match = ONE_LINE },
	{ "shipping_address", OBJECT, REQUIRED, .fields = order_address_fields },
	{ "billing_address", OBJECT, .fields = order_address_fields, .nullable = true,
	  .help = "If it differs" },
	{ "shipping_method", STRING, REQUIRED, .min = 1, .max = 40, .match = CODE_FORM },
	{ "payment_token", STRING, REQUIRED, .min = 4, .max = 200, .match = TOKEN_FORM,
	  .secret = true, .help = "The payment provider's reference, never a card number" },
	{ "coupons", ARRAY, .max = COUPONS_MAX, .items = &coupon_item, .help = COUPONS_HELP },
	{ "locale", STRING, .min = 2, .max = 10, .match = LOCALE_FORM,
	  .help = "Of the customer, for messages: de or de-AT" },
	{ 0 },
};

const struct field order_preview_rules[] = {
	{ "lines", ARRAY, REQUIRED, .min = 1, .max = LINES_MAX, .items = &order_line_item },
	{ "shipping_method", STRING, .min = 1, .max = 40, .match = CODE_FORM,
	  .help = "The cheapest when it is left out" },
	{ "shipping_address", OBJECT, REQUIRED, .fields = place_fields,
	  .help = "Country and region are enough" },
	{ "coupons", ARRAY, .max = COUPONS_MAX, .items = &coupon_item, .help = COUPONS_HELP },
	{ "email", EMAIL, .help = "For promotions of certain customers" },
	{ 0 },
};

static const struct field part_fields[] = {
	{ "line", INT, .min = 1, .max = LINES_MAX },
	{ "sku", STRING, .min = 1, .max = 64, .match = SKU_FORM },
	{ "quantity", INT, REQUIRED, .min = 1, .max = QUANTITY_MAX },
	{ 0 },
};

static const struct field part_item = { "line", OBJECT, .fields = part_fields };

const struct field order_shipment_rules[] = {
	{ "lines", ARRAY, .min = 1, .max = LINES_MAX, .items = &part_item,
	  .help = "Each by line or sku; everything that is open when left out" },
	{ "carrier", STRING, .min = 1, .max = 100, .match = ONE_LINE },
	{ "tracking", STRING, .min = 1, .max = 200, .match = ONE_LINE, .digits = true },
	{ 0 },
};

const struct field order_cancellation_rules[] = {
	{ "lines", ARRAY, .min = 1, .max = LINES_MAX, .items = &part_item,
	  .help = "Each by line or sku; everything that is open when left out" },
	{ "restock", BOOL, .fallback = "true", .help = "False: the pieces are gone" },
	{ "reason", STRING, .min = 1, .max = 40, .match = REASON_FORM, .fallback = "\"customer\"",
	  .help = "A code such as customer, fraud or out_of_stock" },
	{ 0 },
};

const struct field order_hold_rules[] = {
	{ "reason", STRING, REQUIRED, .min = 1, .max = 40, .match = REASON_FORM,
	  .help = "A code such as fraud_check" },
	{ 0 },
};

const struct field order_note_rules[] = {
	{ "text", STRING, REQUIRED, .min = 1, .max = 2000 },
	{ "public", BOOL, .fallback = "false", .help = "The customer sees it too" },
	{ 0 },
};

static const char *const statuses[] = { "pending",   "confirmed", "completed",
					"cancelled", "rejected",  NULL };
static const char *const payments[] = { "none",        "pending",
					"authorized",  "partly_captured",
					"captured",    "partly_refunded",
					"refunded",    "failed",
					"written_off", NULL };
static const char *const fulfilments[] = { "unfulfilled", "partly_shipped", "shipped", NULL };

const struct field order_query[] = {
	{ "status", STRING, .values = statuses },
	{ "payment", STRING, .values = payments },
	{ "fulfilment", STRING, .values = fulfilments },
	{ "email", EMAIL },
	{ "sku", STRING, .min = 1, .max = 64, .help = "With a line of this product" },
	{ "since", TIME, .help = "Placed at or after this time" },
	{ "until", TIME, .help = "Placed before this time" },
	{ "q", STRING, .min = 1, .max = 200,
	  .help = "Beginnings of words of the number, the e-mail address and the name" },
	{ "stuck", BOOL, .help = "Pending for more than a minute, or tried often" },
	{ "held", BOOL },
	{ "short", BOOL, .help = "A count found less than these orders need" },
	{ "lines", BOOL, .fallback = "false", .help = "With their lines" },
	{ "after", CURSOR, .help = "`next` of the page before" },
	{ "limit", INT, .min = 1, .max = 200, .fallback = "50" },
	{ 0 },
};

const struct field order_tracking_query[] = {
	{ "email", EMAIL, REQUIRED, .help = "The address that the order was placed with" },
	{ 0 },
};

const struct field order_event_query[] = {
	{ "after_id", INT, .max = INT64_MAX,
	  .help = "The changes after this one; the newest without" },
	{ "limit", INT, .min = 1, .max = 1000, .fallback = "50" },
	{ 0 },
};
