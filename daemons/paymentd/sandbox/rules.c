/* The bodies of the sandbox's own API. */
#include "daemons/paymentd/sandbox/sandbox.h"

#include <stddef.h>

#define AMOUNT_MAX 1000000000000000
#define TOKEN_FORM "^[A-Za-z0-9_-]{4,255}$"

static const char *const outcomes[] = { "success", "failure", NULL };
static const char *const webhooks[] = { "late", "all", NULL };

const struct field sandbox_authorization_rules[] = {
	{ "amount", INT, REQUIRED, .min = 1, .max = AMOUNT_MAX },
	{ "currency", STRING, REQUIRED, .min = 3, .max = 3 },
	{ "token", STRING, REQUIRED, .max = 255, .match = TOKEN_FORM },
	{ "payment", STRING, REQUIRED, .min = 1, .max = 100, .help = "The shop's name for it" },
	{ 0 },
};

const struct field sandbox_capture_rules[] = {
	{ "amount", INT, REQUIRED, .min = 1, .max = AMOUNT_MAX },
	{ "final", BOOL, .fallback = "false", .help = "Release what is not captured" },
	{ 0 },
};

const struct field sandbox_refund_rules[] = {
	{ "amount", INT, REQUIRED, .min = 1, .max = AMOUNT_MAX },
	{ 0 },
};

/* An object without members. */
const struct field sandbox_empty_rules[] = {
	{ "note", STRING, .max = 200 },
	{ 0 },
};

const struct field sandbox_challenge_rules[] = {
	{ "outcome", STRING, REQUIRED, .values = outcomes,
	  .help = "What the customer does in the bank's window" },
	{ 0 },
};

const struct field sandbox_setting_rules[] = {
	{ "latency_ms", INT, .max = 60000, .help = "Time until every answer" },
	{ "failure_rate", INT, .max = 100, .help = "Percent of calls answered 503 and not done" },
	{ "lost_rate", INT, .max = 100, .help = "Percent of calls done and answered 500" },
	{ "webhooks", STRING, .values = webhooks,
	  .help = "late: of what no answer could tell; all: of everything" },
	{ "duplicate_rate", INT, .max = 100, .help = "Percent of webhooks sent twice" },
	{ "webhook_delay_ms", INT, .max = 60000,
	  .help = "Webhooks wait up to so long, by chance, so they overtake each other" },
	{ "hold_ms", INT, .min = 1, .max = 31536000000, .help = "How long authorisations hold" },
	{ 0 },
};

const struct field sandbox_report_query[] = {
	{ "since", TIME, .help = "Movements from then on" },
	{ "until", TIME, .help = "Movements before then" },
	{ 0 },
};
