/* Bodies and query strings of the routes of webhooks. */
#include "daemons/notifyd/webhook_rules.h"

#include "daemons/notifyd/webhook_url.h"

#define WORD     "([a-z][a-z0-9_]*|[*])"
#define PATTERN  "^(>|" WORD "([.]" WORD "){0,5}([.]>)?)$"
#define ONE_LINE "^[^[:cntrl:]]*$"

#define URL_HELP                                                                                  \
	"https://…, without user and password; without one nothing is sent and the events are " \
	"kept "                                                                                   \
	"for the feed"
#define EVENTS_HELP "Types: orders.order.confirmed, orders.order.* or orders.>"
#define EVENT_HELP  "A type, or a pattern such as orders.>"

static const struct field pattern_item = { "event", STRING, .max = 200, .match = PATTERN };
static const char *const statuses[] = { "active", "disabled", NULL };
static const char *const delivery_statuses[] = { "queued", "sending",   "delivered",
						 "failed", "cancelled", NULL };

const struct field webhook_rules[] = {
	{ "url", STRING, .min = 1, .max = WEBHOOK_URL_MAX, .help = URL_HELP },
	{ "events", ARRAY, REQUIRED, .min = 1, .max = 50, .items = &pattern_item,
	  .help = EVENTS_HELP },
	{ "description", STRING, .max = 200, .match = ONE_LINE, .fallback = "\"\"" },
	{ 0 },
};

const struct field webhook_patch_rules[] = {
	{ "url", STRING, .min = 1, .max = WEBHOOK_URL_MAX, .help = URL_HELP },
	{ "events", ARRAY, .min = 1, .max = 50, .items = &pattern_item, .help = EVENTS_HELP },
	{ "description", STRING, .max = 200, .match = ONE_LINE },
	{ "status", STRING, .values = statuses, .help = "active again: as if nothing had failed" },
	{ 0 },
};

const struct field webhook_query[] = {
	{ "after", CURSOR, .help = "`next` of the page before" },
	{ "limit", INT, .min = 1, .max = 200, .fallback = "50" },
	{ 0 },
};

const struct field webhook_rotate_query[] = {
	{ "now", BOOL, .fallback = "false", .help = "True: the old secret signs nothing more" },
	{ 0 },
};

const struct field webhook_replay_rules[] = {
	{ "since", TIME, REQUIRED, .help = "Events that happened then or later" },
	{ "until", TIME, .help = "Events that happened before" },
	{ "types", ARRAY, .max = 50, .items = &pattern_item, .fallback = "[]",
	  .help = "Only these, of those that the webhook takes" },
	{ "after", INT, .max = INT64_MAX, .help = "`next` of the answer before" },
	{ 0 },
};

#define DELIVERY_FILTERS                                                               \
	{ "status", STRING, .values = delivery_statuses },                             \
		{ "event", STRING, .max = 200, .match = PATTERN, .help = EVENT_HELP }, \
		{ "since", TIME, .help = "Made then or later" },                       \
		{ "after", CURSOR, .help = "`next` of the page before" },              \
	{                                                                              \
		"limit", INT, .min = 1, .max = 200, .fallback = "50"                   \
	}

const struct field webhook_delivery_query[] = { DELIVERY_FILTERS, { 0 } };

const struct field webhook_deliveries_query[] = {
	{ "webhook", UUID, .help = "Of this webhook only" },
	DELIVERY_FILTERS,
	{ 0 },
};

const struct field webhook_feed_query[] = {
	{ "webhook", UUID, .help = "What this webhook takes" },
	{ "event", STRING, .max = 200, .match = PATTERN, .help = EVENT_HELP },
	{ "after", CURSOR, .help = "`next` of the answer before; without: from now on" },
	{ "limit", INT, .min = 1, .max = 200, .fallback = "200" },
	{ 0 },
};
