/* Shop settings, tax rates and shipping methods: bodies and query strings. */
#include "daemons/orderd/shop_rules.h"

#define ONE_LINE   "^[^[:cntrl:]]*$"
#define COUNTRY    "^[A-Z]{2}$"
#define CODE_FORM  "^[a-z0-9]+(-[a-z0-9]+)*$"
#define SOME_LINES "^[^[:cntrl:]]+(\n[^[:cntrl:]]+)*$"
/* Of BCP 47: language, script and region, in the usual case. */
#define LOCALE "^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$"
#define URL    "^https?://[^][:cntrl:] \"<>\\^`{|}[]+$"
#define PREFIX "^[A-Z0-9]{1,8}$"

#define PPM_MAX   1000000
#define PRICE_MAX 1000000000000 /* minor units */

#define PPM_HELP       "Parts per million: 190000 is 19 %"
#define INCLUSIVE_HELP "Whether prices contain the tax"
#define COUNTRIES_HELP "Where it goes; none: everywhere"
#define FREE_HELP      "Minor units of the subtotal from which on it costs nothing"

const struct field shop_page_query[] = {
	{ "after", CURSOR, .help = "`next` of the page before" },
	{ "limit", INT, .min = 1, .max = 200, .fallback = "50" },
	{ 0 },
};

const struct field tax_rate_rules[] = {
	{ "country", STRING, REQUIRED, .match = COUNTRY, .help = "ISO 3166-1 alpha-2" },
	{ "region", STRING, .max = 10, .match = "^([A-Z0-9]{1,10})?$", .fallback = "\"\"",
	  .help = "Left out: the whole country" },
	{ "name", STRING, REQUIRED, .min = 1, .max = 100, .match = ONE_LINE },
	{ "rate_ppm", INT, REQUIRED, .max = PPM_MAX, .help = PPM_HELP },
	{ "inclusive", BOOL, REQUIRED, .help = INCLUSIVE_HELP },
	{ 0 },
};

const struct field tax_rate_patch_rules[] = {
	{ "name", STRING, .min = 1, .max = 100, .match = ONE_LINE },
	{ "rate_ppm", INT, .max = PPM_MAX, .help = PPM_HELP },
	{ "inclusive", BOOL, .help = INCLUSIVE_HELP },
	{ 0 },
};

static const struct field country_item = { "country", STRING, .match = COUNTRY };

const struct field shipping_method_rules[] = {
	{ "code", STRING, REQUIRED, .min = 1, .max = 40, .match = CODE_FORM },
	{ "name", STRING, REQUIRED, .min = 1, .max = 100, .match = ONE_LINE },
	{ "price", MONEY, REQUIRED, .max = PRICE_MAX },
	{ "countries", ARRAY, .max = 100, .items = &country_item, .fallback = "[]",
	  .help = COUNTRIES_HELP },
	{ "free_above", INT, .max = PRICE_MAX, .nullable = true, .help = FREE_HELP },
	{ "active", BOOL, .fallback = "true" },
	{ 0 },
};

const struct field shipping_method_patch_rules[] = {
	{ "name", STRING, .min = 1, .max = 100, .match = ONE_LINE },
	{ "price", MONEY, .max = PRICE_MAX },
	{ "countries", ARRAY, .max = 100, .items = &country_item, .help = COUNTRIES_HELP },
	{ "free_above", INT, .max = PRICE_MAX, .nullable = true, .help = FREE_HELP },
	{ "active", BOOL },
	{ 0 },
};

static const char *const tax_modes[] = { "inclusive", "exclusive", NULL };
static const struct field currency_item = { "currency", CURRENCY };
static const struct field locale_item = { "locale", STRING, .match = LOCALE };

const struct field shop_patch_rules[] = {
	{ "name", STRING, .min = 1, .max = 100, .match = ONE_LINE, .help = "What customers read" },
	{ "legal_name", STRING, .min = 1, .max = 200, .match = ONE_LINE, .nullable = true,
	  .help = "On invoices, if it is not the name" },
	{ "address", STRING, .min = 1, .max = 500, .match = SOME_LINES, .nullable = true,
	  .help = "On invoices, line by line" },
	{ "tax_id", STRING, .min = 1, .max = 50, .match = ONE_LINE, .nullable = true,
	  .digits = true },
	{ "url", STRING, .min = 8, .max = 300, .match = URL, .nullable = true },
	{ "currencies", ARRAY, .max = 50, .items = &currency_item,
	  .help = "In which it can be ordered; none: in all" },
	{ "locale", STRING, .match = LOCALE, .help = "BCP 47, such as en or de-AT" },
	{ "locales", ARRAY, .min = 1, .max = 50, .items = &locale_item,
	  .help = "In which customers are written to" },
	{ "tax_mode", STRING, .values = tax_modes,
	  .help = "Whether prices contain tax where no tax rate says it" },
	{ "sender", EMAIL, .nullable = true, .help = "Whom mail comes from" },
	{ "reply_to", EMAIL, .nullable = true },
	{ "staff_email", EMAIL, .nullable = true, .help = "Who hears of low stock and the like" },
	{ "invoice_note", STRING, .min = 1, .max = 1000, .match = SOME_LINES, .nullable = true,
	  .digits = true, .help = "At the end of invoices, such as the bank account" },
	{ "invoice_prefix", STRING, .match = PREFIX, .help = "INV: INV-2026-000001" },
	{ "credit_note_prefix", STRING, .match = PREFIX, .help = "CN: CN-2026-000001" },
	{ "reversal_prefix", STRING, .match = PREFIX, .help = "CR: CR-2026-000001" },
	{ 0 },
};
