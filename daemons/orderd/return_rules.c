/* Returns: bodies and query strings. */
#include "daemons/orderd/return_rules.h"

#define SKU_FORM    "^[A-Za-z0-9][A-Za-z0-9._-]*$"
#define REASON_FORM "^[a-z][a-z0-9_-]*$" /* a code: no text about people in events */

#define LINES_MAX    100
#define QUANTITY_MAX 1000000
#define AMOUNT_MAX   1000000000000000 /* minor units */
#define TEXT_MAX     1000

#define FEE_HELP      "Minor units that are kept, such as for restocking"
#define SHIPPING_HELP "Give back what was charged for shipping too"
#define AMOUNT_HELP   "Minor units; left out: what was paid for the pieces that came back"

#define REASON_FIELD(presence)                                                                     \
	{                                                                                          \
		"reason", STRING, presence, .min = 1, .max = 40, .match = REASON_FORM,             \
					    .help = "A code such as broken, wrong_size or regret", \
	}
#define LINE_FIELDS                                                   \
	{ "line", INT, .min = 1, .max = LINES_MAX },                  \
	{                                                             \
		"sku", STRING, .min = 1, .max = 64, .match = SKU_FORM \
	}

static const struct field wanted_fields[] = {
	LINE_FIELDS,
	{ "quantity", INT, REQUIRED, .min = 1, .max = QUANTITY_MAX },
	REASON_FIELD(OPTIONAL),
	{ 0 },
};
static const struct field wanted_item = { "line", OBJECT, .fields = wanted_fields };

static const struct field replacement_fields[] = {
	{ "sku", STRING, REQUIRED, .min = 1, .max = 64, .match = SKU_FORM },
	{ "quantity", INT, REQUIRED, .min = 1, .max = QUANTITY_MAX },
	{ 0 },
};
static const struct field replacement_item = { "line", OBJECT, .fields = replacement_fields };

const struct field return_request_rules[] = {
	{ "lines", ARRAY, .min = 1, .max = LINES_MAX, .items = &wanted_item,
	  .help = "Each by line or sku; everything that can be returned when left out" },
	REASON_FIELD(REQUIRED),
	{ "note", STRING, .min = 1, .max = TEXT_MAX, .help = "For the shop" },
	{ "exchange", ARRAY, .min = 1, .max = LINES_MAX, .items = &replacement_item,
	  .help = "What the customer wants instead of the money" },
	{ 0 },
};

#define RESOLUTION(presence)                                                         \
	{                                                                            \
		"resolution", STRING, presence, .min = 1, .max = TEXT_MAX,           \
						.help = "What the customer is told", \
	}

const struct field return_approval_rules[] = {
	RESOLUTION(OPTIONAL),
	{ "advance", BOOL, .fallback = "false",
	  .help = "Send the replacements before the goods come back" },
	{ 0 },
};

const struct field return_refusal_rules[] = { RESOLUTION(REQUIRED), { 0 } };

static const struct field counted_fields[] = {
	LINE_FIELDS,
	{ "quantity", INT, .max = QUANTITY_MAX, .help = "That came and are accepted" },
	{ "resellable", INT, .max = QUANTITY_MAX, .help = "Of these; all unless given" },
	{ "damaged", INT, .max = QUANTITY_MAX, .help = "Of these; the same said the other way" },
	{ "refused", INT, .max = QUANTITY_MAX, .help = "That came and are sent back" },
	{ 0 },
};
static const struct field counted_item = { "line", OBJECT, .fields = counted_fields };

const struct field return_receipt_rules[] = {
	{ "lines", ARRAY, .min = 1, .max = LINES_MAX, .items = &counted_item,
	  .help = "Each by line or sku; what is not named came as it was announced" },
	{ "exchange", BOOL, .fallback = "true", .help = "False: nothing is sent instead" },
	{ 0 },
};

const struct field return_refund_rules[] = {
	{ "amount", INT, .min = 1, .max = AMOUNT_MAX, .help = AMOUNT_HELP },
	{ "shipping", BOOL, .fallback = "false", .help = SHIPPING_HELP },
	{ "fee", INT, .max = AMOUNT_MAX, .fallback = "0", .help = FEE_HELP },
	{ "reason", STRING, .min = 1, .max = 200, .fallback = "\"return\"" },
	{ 0 },
};

const struct field return_preview_query[] = {
	{ "amount", INT, .min = 1, .max = AMOUNT_MAX, .help = AMOUNT_HELP },
	{ "shipping", BOOL, .fallback = "false", .help = SHIPPING_HELP },
	{ "fee", INT, .max = AMOUNT_MAX, .fallback = "0", .help = FEE_HELP },
	{ 0 },
};

static const char *const statuses[] = { "requested", "approved",  "declined", "received",
					"refunded",  "cancelled", NULL };
static const char *const kinds[] = { "refund", "exchange", NULL };

const struct field return_query[] = {
	{ "status", STRING, .values = statuses },
	{ "kind", STRING, .values = kinds },
	{ "order", STRING, .min = 1, .max = 64, .help = "Of this order: its number or id" },
	{ "after", CURSOR, .help = "`next` of the page before" },
	{ "limit", INT, .min = 1, .max = 200, .fallback = "50" },
	{ 0 },
};
