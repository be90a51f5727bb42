/* Carts: bodies and query strings. */
#include "daemons/cartd/cart_rules.h"

#include <stddef.h>

#include "lib/auth/token.h"

#define SKU_FORM     "^[A-Za-z0-9][A-Za-z0-9._-]*$" /* as in catalogd */
#define QUANTITY_MAX 9999                           /* as in the schema */
#define CARTS_MAX    1000
#define NOTICES_MAX  200

static const char *const statuses[] = { "active", "ordered", "merged", "expired", NULL };
static const char *const strategies[] = { "sum", "keep", "max", NULL };

const struct field cart_rules[] = {
	{ "currency", STRING, REQUIRED, .match = "^[A-Z]{3}$",
	  .help = "Of all its prices; ISO 4217" },
	{ 0 },
};

const struct field cart_query[] = {
	{ "owner", STRING, .min = 1, .max = 100,
	  .help = "Only this subject's; others than the caller's need carts:read" },
	{ "status", STRING, .values = statuses, .help = "Only those in this status" },
	{ "after", CURSOR, .help = "`next` of the page before" },
	{ "limit", INT, .min = 1, .max = 200, .fallback = "50" },
	{ 0 },
};

const struct field cart_line_rules[] = {
	{ "sku", STRING, REQUIRED, .min = 1, .max = 64, .match = SKU_FORM },
	{ "quantity", INT, .min = 1, .max = QUANTITY_MAX, .fallback = "1",
	  .help = "Pieces more than there are in the cart already" },
	{ 0 },
};

const struct field cart_line_patch_rules[] = {
	{ "quantity", INT, REQUIRED, .min = 1, .max = QUANTITY_MAX, .help = "Pieces from now on" },
	{ 0 },
};

const struct field cart_coupon_rules[] = {
	{ "code", STRING, REQUIRED, .min = 2, .max = 40, .match = "^[A-Za-z0-9][A-Za-z0-9_-]*$",
	  .help = "In any case of letters; whether it applies is for the order to say" },
	{ 0 },
};

const struct field cart_validation_rules[] = {
	{ "accept", BOOL, .fallback = "false",
	  .help = "Take prices, quantities and removals as they are now" },
	{ 0 },
};

const struct field cart_merge_rules[] = {
	{ "from", UUID, REQUIRED, .help = "The guest's cart" },
	{ "guest_token", STRING, REQUIRED, .min = 1, .max = TOKEN_SIZE_MAX, .secret = true,
	  .help = "The guest's access token: proves whose cart it is" },
	{ "strategy", STRING, .values = strategies, .fallback = "\"sum\"",
	  .help = "Of lines that both have: add, keep the quantity here, or take the larger one" },
	{ 0 },
};

static const struct field cart_item = { "cart", UUID };

const struct field cart_snapshot_rules[] = {
	{ "carts", ARRAY, REQUIRED, .min = 1, .max = CARTS_MAX, .items = &cart_item },
	{ 0 },
};

const struct field cart_notice_rules[] = {
	{ "carts", ARRAY, REQUIRED, .min = 1, .max = NOTICES_MAX, .items = &cart_item },
	{ 0 },
};
