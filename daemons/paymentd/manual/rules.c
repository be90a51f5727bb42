/* What staff record about payments by hand. */
#include "daemons/paymentd/manual/manual.h"

#include <stddef.h>

#define AMOUNT_MAX 1000000000000000
#define ONE_LINE   "^[^[:cntrl:]]*$"

#define REFERENCE                                                                               \
	{                                                                                       \
		"reference", STRING, REQUIRED,                                                  \
			.min = 1, .max = 140, .match = ONE_LINE,                                \
			.help = "Of the entry in the account statement, or of the cash receipt" \
	}

const struct field manual_record_rules[] = {
	{ "order", STRING, .max = 64, .help = "The order's id or number" },
	{ "payment", UUID },
	{ "amount", MONEY, REQUIRED, .min = 1, .max = AMOUNT_MAX },
	REFERENCE,
	{ "paid_at", TIME, .help = "When the money came; absent: now" },
	{ "partial", BOOL, .fallback = "false", .help = "Less than what is open is meant" },
	{ "returned", BOOL, .fallback = "false",
	  .help = "The money was sent back: of what was paid and is not wanted any more" },
	{ 0 },
};

const struct field manual_refund_rules[] = {
	REFERENCE,
	{ "paid_at", TIME, .help = "When it was sent; absent: now" },
	{ 0 },
};
