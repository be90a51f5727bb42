/* Payments, captures, refunds: bodies and query strings. */
#include "daemons/paymentd/payment_rules.h"

#include <stddef.h>

#define AMOUNT_MAX 1000000000000000 /* minor units */
#define BATCH_MAX  500
#define PAGE_MAX   200

/* A provider's token is no card number: it has at least a letter, '_' or '-' (see refuses_cards). */
#define TOKEN_FORM "^[A-Za-z0-9_-]{4,255}$"
#define NAME_FORM  "^[a-z0-9_-]+$"

#define AFTER                                                        \
	{                                                            \
		"after", CURSOR, .help = "`next` of the page before" \
	}
#define LIMIT                                                             \
	{                                                                 \
		"limit", INT, .min = 1, .max = PAGE_MAX, .fallback = "50" \
	}

/* --- batches of other services ---------------------------------------------------------------- */

static const struct field asked_payment[] = {
	{ "payment", UUID, REQUIRED },
	{ "order", UUID, REQUIRED },
	{ "number", STRING, .max = 64, .nullable = true },
	{ "owner", STRING, .max = 200, .nullable = true },
	{ "amount", MONEY, REQUIRED, .max = AMOUNT_MAX },
	{ "token", STRING, REQUIRED, .max = 255, .match = TOKEN_FORM },
	{ "deadline", TIME, .nullable = true, .help = "Until when the customer may act" },
	{ "provider", STRING, .max = 32, .match = NAME_FORM },
	{ 0 },
};
static const struct field asked_payments[] = {
	{ "payment", OBJECT, REQUIRED, .fields = asked_payment }, { 0 }
};

const struct field payment_request_rules[] = {
	{ "payments", ARRAY, REQUIRED, .min = 1, .max = BATCH_MAX, .items = asked_payments },
	{ 0 },
};

static const struct field outcome_ids[] = { { "payment", UUID, REQUIRED }, { 0 } };

const struct field payment_outcome_rules[] = {
	{ "payments", ARRAY, REQUIRED, .min = 1, .max = BATCH_MAX, .items = outcome_ids },
	{ 0 },
};

static const struct field asked_capture[] = {
	{ "id", UUID, REQUIRED, .help = "The shipment" },
	{ "payment", UUID, REQUIRED },
	{ "amount", INT, REQUIRED, .max = AMOUNT_MAX, .help = "Minor units" },
	{ "final", BOOL, .fallback = "false", .help = "Release what is not captured" },
	{ 0 },
};
static const struct field asked_captures[] = {
	{ "capture", OBJECT, REQUIRED, .fields = asked_capture }, { 0 }
};

const struct field capture_request_rules[] = {
	{ "captures", ARRAY, REQUIRED, .min = 1, .max = BATCH_MAX, .items = asked_captures },
	{ 0 },
};

static const struct field asked_cancellation[] = {
	{ "payment", UUID, REQUIRED },
	{ "order", UUID, REQUIRED },
	{ "reason", STRING, .max = 200, .nullable = true },
	{ 0 },
};
static const struct field asked_cancellations[] = {
	{ "cancellation", OBJECT, REQUIRED, .fields = asked_cancellation }, { 0 }
};

const struct field payment_cancel_rules[] = {
	{ "payments", ARRAY, REQUIRED, .min = 1, .max = BATCH_MAX, .items = asked_cancellations },
	{ 0 },
};

static const struct field scope_item[] = {
	{ "scope", STRING, REQUIRED, .min = 1, .max = 64 },
	{ 0 },
};
static const struct field line_item[] = { { "line", OBJECT }, { 0 } };
static const struct field asked_refund[] = {
	{ "id", UUID, REQUIRED },
	{ "payment", UUID, REQUIRED },
	{ "order", UUID },
	{ "return", UUID, .nullable = true },
	{ "amount", INT, REQUIRED, .min = 1, .max = AMOUNT_MAX, .help = "Minor units" },
	{ "reason", STRING, REQUIRED, .min = 1, .max = 200 },
	{ "requested_by", STRING, REQUIRED, .min = 1, .max = 200 },
	{ "scopes", ARRAY, REQUIRED, .max = 64, .items = scope_item,
	  .help = "Of who requested it: they limit what needs no approval" },
	{ "lines", ARRAY, .max = 100, .items = line_item, .nullable = true,
	  .help = "For what: {line, quantity}" },
	{ 0 },
};
static const struct field asked_refunds[] = {
	{ "refund", OBJECT, REQUIRED, .fields = asked_refund }, { 0 }
};

const struct field refund_request_rules[] = {
	{ "refunds", ARRAY, REQUIRED, .min = 1, .max = BATCH_MAX, .items = asked_refunds },
	{ 0 },
};

/* --- people ----------------------------------------------------------------------------------- */

static const char *const payment_statuses[] = { "pending",  "action_required", "authorized",
						"declined", "cancelled",       "captured",
						"failed",   "written_off",     NULL };
static const char *const refund_statuses[] = { "requested", "pending",  "succeeded",
					       "failed",    "rejected", NULL };

const struct field payment_query[] = {
	{ "status", STRING, .values = payment_statuses },
	{ "order", STRING, .max = 64, .help = "The order's id or number" },
	{ "since", TIME, .help = "Made then or later" },
	{ "owed", BOOL, .fallback = "false",
	  .help = "Paid by hand and not wanted any more: to be sent back" },
	AFTER,
	LIMIT,
	{ 0 },
};

const struct field capture_rules[] = {
	{ "amount", INT, .min = 1, .max = AMOUNT_MAX,
	  .help = "Minor units; absent: all that is left" },
	{ "final", BOOL, .fallback = "false", .help = "Release what is not captured" },
	{ 0 },
};

const struct field void_rules[] = {
	{ "reason", STRING, .max = 200, .fallback = "\"voided\"" },
	{ 0 },
};

const struct field write_off_rules[] = {
	{ "amount", INT, .min = 1, .max = AMOUNT_MAX,
	  .help = "Minor units: refused when another amount is open" },
	{ "reason", STRING, REQUIRED, .min = 1, .max = 200 },
	{ 0 },
};

const struct field refund_rules[] = {
	{ "order", STRING, .max = 64, .help = "The order's id or number" },
	{ "payment", UUID },
	{ "amount", INT, .min = 1, .max = AMOUNT_MAX, .help = "Minor units; or all" },
	{ "all", BOOL, .fallback = "false", .help = "All that can be refunded" },
	{ "reason", STRING, REQUIRED, .min = 1, .max = 200 },
	{ "lines", ARRAY, .max = 100, .items = (const struct field[]){ { "line", OBJECT }, { 0 } },
	  .help = "For what: {line, quantity}" },
	{ 0 },
};

const struct field refund_decision_rules[] = {
	{ "note", STRING, .max = 500 },
	{ 0 },
};

const struct field refund_query[] = {
	{ "status", STRING, .values = refund_statuses },
	{ "order", STRING, .max = 64, .help = "The order's id or number" },
	AFTER,
	LIMIT,
	{ 0 },
};

const struct field refund_preview_query[] = {
	{ "order", STRING, .max = 64, .help = "The order's id or number" },
	{ "payment", UUID },
	{ "amount", INT, .min = 1, .max = AMOUNT_MAX, .help = "Minor units; absent: all" },
	{ 0 },
};

const struct field ledger_query[] = {
	{ "payment", UUID },
	{ "order", STRING, .max = 64, .help = "The order's id or number" },
	{ "account", STRING, .max = 32, .match = NAME_FORM },
	AFTER,
	LIMIT,
	{ 0 },
};
