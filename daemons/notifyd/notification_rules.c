/* Bodies and query strings of the routes of notifications. */
#include "daemons/notifyd/notification_rules.h"

#include "daemons/notifyd/template.h"

#define LOCALE "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$"

static const char *const statuses[] = { "new", "queued", "sent", "dead", "suppressed", NULL };
static const char *const channels[] = { "email", "sms", NULL };

const struct field notification_query[] = {
	{ "status", STRING, .values = statuses },
	{ "template", STRING, .values = template_names },
	{ "order", STRING, .max = 50, .help = "Its id or number" },
	{ "recipient", STRING, .max = 254, .help = "The whole address" },
	{ "since", TIME, .help = "Made then or later" },
	{ "after", CURSOR, .help = "`next` of the page before" },
	{ "limit", INT, .min = 1, .max = 200, .fallback = "50" },
	{ 0 },
};

const struct field preview_rules[] = {
	{ "template", STRING, REQUIRED, .values = template_names },
	{ "locale", STRING, .match = LOCALE, .help = "As de or de-AT; else the recipient's" },
	{ "order", UUID, .help = "Without an order, cart, user or SKU examples are taken" },
	{ "shipment", UUID, .help = "Of the order; else its newest" },
	{ "refund", UUID, .help = "Of the order; else its newest" },
	{ "return", UUID, .help = "Of the order; else its newest" },
	{ "cart", UUID },
	{ "user", UUID },
	{ "sku", STRING, .min = 1, .max = 64 },
	{ 0 },
};

const struct field notification_test_rules[] = {
	{ "recipient", STRING, REQUIRED, .min = 3, .max = 254,
	  .help = "An address, or a telephone number as +491701234567" },
	{ "channel", STRING, .values = channels, .fallback = "\"email\"" },
	{ "locale", STRING, .match = LOCALE },
	{ 0 },
};
