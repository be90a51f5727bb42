/* webhook: list get create update delete rotate test tail deliveries delivery resend replay forward. */
#include "ecomctl/commands/webhook.h"

#include "ecomctl/commands/commands.h"
#include "ecomctl/commands/resource.h"

static const struct resource webhook = {
	.collection = "/v1/webhooks",
	.item = "/v1/webhooks/{}",
	.key = "id",
	.singular = "webhook",
	.plural = "webhooks",
};

static const struct resource deliveries = {
	.collection = "/v1/webhook-deliveries",
	.item = "/v1/webhook-deliveries/{}",
	.key = "webhook",
	.singular = "webhook delivery",
	.plural = "deliveries",
};

#define WEBHOOK_COLUMNS                                                                         \
	{ "id", COLUMN_TEXT }, { "url", COLUMN_TEXT, 1 }, { "events", COLUMN_OBJECT, 2 },       \
		{ "status", COLUMN_STATUS }, { "reason", COLUMN_TEXT, 4 },                      \
		{ "queued", COLUMN_NUMBER, 3 }, { "description", COLUMN_TEXT, .detail = true }, \
		{ "failures", COLUMN_NUMBER, .detail = true },                                  \
		{ "failing_since", COLUMN_TIME, .detail = true },                               \
		{ "secrets", COLUMN_OBJECT, .detail = true },                                   \
		{ "version", COLUMN_NUMBER, .detail = true },                                   \
		{ "created_by", COLUMN_TEXT, .detail = true },                                  \
		{ "created_at", COLUMN_TIME, .detail = true },                                  \
	{                                                                                       \
		"updated_at", COLUMN_TIME, .detail = true                                       \
	}

static const struct column webhook_columns[] = { WEBHOOK_COLUMNS, { 0 } };
static const struct column secret_columns[] = { { "secret", COLUMN_TEXT }, WEBHOOK_COLUMNS, { 0 } };
static const struct column deleted_columns[] = { { "id", COLUMN_TEXT },
						 { "status", COLUMN_STATUS },
						 { 0 } };
static const struct column replay_columns[] = { { "id", COLUMN_TEXT },
						{ "replayed", COLUMN_NUMBER },
						{ 0 } };

static const struct column delivery_columns[] = {
	{ "id", COLUMN_TEXT },
	{ "event", COLUMN_TEXT, 3 },
	{ "type", COLUMN_TEXT },
	{ "status", COLUMN_STATUS },
	{ "attempts", COLUMN_NUMBER, 2, "TRIES" },
	{ "last_status", COLUMN_NUMBER, 1, "HTTP" },
	{ "created_at", COLUMN_TIME, 4, "CREATED" },
	{ "reason", COLUMN_TEXT, .detail = true },
	{ "last_error", COLUMN_TEXT, .detail = true },
	{ "due_at", COLUMN_TIME, .detail = true },
	{ "delivered_at", COLUMN_TIME, .detail = true },
	{ "webhook", COLUMN_TEXT, .detail = true },
	{ "aggregate", COLUMN_TEXT, .detail = true },
	{ "version", COLUMN_NUMBER, .detail = true },
	{ "message", COLUMN_TEXT, .detail = true },
	{ "content", COLUMN_OBJECT, .detail = true },
	{ "log", COLUMN_OBJECT, .detail = true },
	{ 0 },
};

static const struct column attempt_columns[] = {
	{ "time", COLUMN_TIME },
	{ "event", COLUMN_TEXT, 2 },
	{ "type", COLUMN_TEXT },
	{ "outcome", COLUMN_STATUS },
	{ "status", COLUMN_NUMBER, 0, "HTTP" },
	{ "duration_ms", COLUMN_NUMBER, 3, "MS" },
	{ "attempt", COLUMN_NUMBER, 4 },
	{ "error", COLUMN_TEXT, 1 },
	{ "webhook", COLUMN_TEXT, .detail = true },
	{ "delivery", COLUMN_TEXT, .detail = true },
	{ "aggregate", COLUMN_TEXT, .detail = true },
	{ 0 },
};

static const struct column forward_columns[] = {
	{ "time", COLUMN_TIME },
	{ "event", COLUMN_TEXT },
	{ "type", COLUMN_TEXT },
	{ "outcome", COLUMN_STATUS },
	{ "status", COLUMN_NUMBER, 0, "HTTP" },
	{ "duration_ms", COLUMN_NUMBER, 1, "MS" },
	{ "aggregate", COLUMN_TEXT, .detail = true },
	{ 0 },
};

static const char *const statuses[] = { "active", "disabled", NULL };
static const char *const delivery_statuses[] = { "queued", "sending",   "delivered",
						 "failed", "cancelled", NULL };

static const struct argument one_id[] = { { "ID", "the webhook's id" }, { 0 } };
static const struct argument many_ids[] = { { "ID", "the webhook's id", .many = true }, { 0 } };
static const struct argument maybe_id[] = { { "ID", "of this webhook only", .optional = true },
					    { 0 } };
static const struct argument maybe_url[] = {
	{ "URL", "where events are sent; without it they are kept for the feed", .optional = true },
	{ 0 }
};
static const struct argument forward_url[] = { { "URL", "of a program on this machine" }, { 0 } };
static const struct argument one_delivery[] = { { "DELIVERY", "the delivery's id" }, { 0 } };
static const struct argument many_deliveries[] = {
	{ "DELIVERY", "the delivery's id", .many = true }, { 0 }
};

#define EVENTS_FLAG                                                                        \
	{                                                                                  \
		"events", 'e', FLAG_TEXT, "TYPES", "which: orders.order.confirmed,carts.>" \
	}
#define DESCRIPTION_FLAG                                                                  \
	{                                                                                 \
		"description", 'd', FLAG_TEXT, NULL, "for people", .field = "description" \
	}
#define EVENT_FLAG                                                                             \
	{                                                                                      \
		"event", 'e', FLAG_TEXT, "TYPE", "of this type, or orders.>", .field = "event" \
	}
#define ENDING_FLAGS                                                                               \
	{ "count", 'n', FLAG_NUMBER, "N", "end after N", .min = 1, .max = INT64_MAX },             \
	{                                                                                          \
		"for", 0, FLAG_DURATION, "TIME", "end after this time", .min = 1, .max = INT64_MAX \
	}

static const struct flag create_flags[] = { EVENTS_FLAG, DESCRIPTION_FLAG, { 0 } };
static const struct flag update_flags[] = {
	{ "url", 0, FLAG_TEXT, "URL", "where events are sent", .field = "url" },
	EVENTS_FLAG,
	DESCRIPTION_FLAG,
	{ "status", 0, FLAG_CHOICE, NULL, "disabled: nothing is sent; active: all is well again",
	  .choices = statuses, .field = "status" },
	RESOURCE_IF_VERSION,
	{ 0 },
};
static const struct flag version_flags[] = { RESOURCE_IF_VERSION, { 0 } };
static const struct flag deliveries_flags[] = {
	{ "status", 0, FLAG_CHOICE, NULL, "in this state", .choices = delivery_statuses,
	  .field = "status" },
	EVENT_FLAG,
	{ "since", 0, FLAG_TEXT, "TIME", "made then or later: a time, or 2h ago",
	  .field = "since" },
	{ 0 },
};
static const struct flag tail_flags[] = { EVENT_FLAG, ENDING_FLAGS, { 0 } };
static const struct flag replay_flags[] = {
	{ "since", 0, FLAG_TEXT, "TIME", "happened then or later: a time, or 2h ago" },
	{ "until", 0, FLAG_TEXT, "TIME", "happened before" },
	EVENTS_FLAG,
	{ 0 },
};
static const struct flag forward_flags[] = {
	EVENTS_FLAG,
	{ "webhook", 0, FLAG_TEXT, "ID", "the events of this webhook, which stays" },
	{ "from", 0, FLAG_TEXT, "POSITION", "go on where an earlier run with --webhook ended" },
	{ "secret-file", 0, FLAG_FILE, NULL, "sign with the secret in this file" },
	ENDING_FLAGS,
	{ 0 },
};

#define ID "0193c1f2-7a10-7000-8000-000000000001"
#define SET_DOWN \
	"Order per aggregate is usual and not promised: each body carries aggregate and version."

static const struct flag rotate_flags[] = {
	{ "now", 0, FLAG_SWITCH, NULL, "the old one has leaked: it signs nothing more" },
	{ 0 },
};

const struct command webhook_commands[] = {
	{ "list", "List webhooks", resource_list, NULL, NULL, webhook_columns, "id",
	  EXAMPLES("ecomctl webhook list"), .resource = &webhook, .pages = true },
	{ "get", "Show webhooks in a line each", resource_get, many_ids, NULL, webhook_columns,
	  "id", EXAMPLES("ecomctl webhook get " ID, "ecomctl webhook get " ID " -o json"),
	  .resource = &webhook },
	{ "create", "Make a webhook: events are sent to a URL", webhook_create, maybe_url,
	  create_flags, secret_columns, "id",
	  EXAMPLES("ecomctl webhook create https://erp.example.com/hook --events 'orders.>'",
		   "ecomctl webhook create --events 'orders.order.confirmed,payments.>'"),
	  "The secret with which everything is signed is shown this once. " SET_DOWN,
	  .resource = &webhook, .writes = true },
	{ "update", "Change a webhook, disable it or make it active again", webhook_update, one_id,
	  update_flags, webhook_columns, "id",
	  EXAMPLES("ecomctl webhook update " ID " --status active",
		   "ecomctl webhook update " ID " --events 'orders.>,carts.>'"),
	  "What happened while it was disabled is kept: ecomctl webhook replay sends it.",
	  .resource = &webhook, .writes = true },
	{ "delete", "Remove a webhook with its secrets", webhook_delete, one_id, version_flags,
	  deleted_columns, "id", EXAMPLES("ecomctl webhook delete " ID), .resource = &webhook,
	  .writes = true, .destructive = true },
	{ "rotate", "Make a new secret", webhook_rotate, one_id, rotate_flags, secret_columns, "id",
	  EXAMPLES("ecomctl webhook rotate " ID, "ecomctl webhook rotate " ID " --now"),
	  "It is shown this once. The old one signs beside it for a day (option webhook_overlap), "
	  "unless it has leaked: --now. Then receivers refuse what comes until they know the new "
	  "one; it is sent again.",
	  .resource = &webhook, .writes = true },
	{ "test", "Send a test event and show how it went", webhook_test, one_id, NULL,
	  delivery_columns, "id", EXAMPLES("ecomctl webhook test " ID), .resource = &webhook,
	  .writes = true },
	{ "tail", "Show what is sent as it is sent", webhook_tail, maybe_id, tail_flags,
	  attempt_columns, "delivery",
	  EXAMPLES("ecomctl webhook tail", "ecomctl webhook tail " ID " -o ndjson") },
	{ "deliveries", "List deliveries, the newest first", resource_list, maybe_id,
	  deliveries_flags, delivery_columns, "id",
	  EXAMPLES("ecomctl webhook deliveries --status failed",
		   "ecomctl webhook deliveries " ID " --since 2h"),
	  .resource = &deliveries, .pages = true },
	{ "delivery", "Show a delivery with its attempts and their answers", webhook_delivery,
	  one_delivery, NULL, delivery_columns, "id",
	  EXAMPLES("ecomctl webhook delivery " ID " -o json") },
	{ "resend", "Deliver again", webhook_resend, many_deliveries, NULL, delivery_columns, "id",
	  EXAMPLES("ecomctl webhook resend " ID, "ecomctl webhook deliveries --status failed -q | "
						 "xargs -r ecomctl webhook resend"),
	  "With the same webhook-id, so that a receiver that has it ignores it.", .writes = true },
	{ "replay", "Send the events of a time range again", webhook_replay, one_id, replay_flags,
	  replay_columns, "id",
	  EXAMPLES("ecomctl webhook replay " ID " --since 2h",
		   "ecomctl webhook replay " ID " --since 2h --events 'orders.order.*'"),
	  "Those that any webhook took, for 14 days (option webhook_keep).", .writes = true },
	{ "forward", "Send events to a program on this machine", webhook_forward, forward_url,
	  forward_flags, forward_columns, "event",
	  EXAMPLES("ecomctl webhook forward http://localhost:3000/hook --events 'orders.>'",
		   "ecomctl webhook forward http://localhost:3000/hook --webhook " ID),
	  "For who writes a receiver. The events come through this terminal, signed with a secret "
	  "that is printed, one after the other; each is sent until it is answered. Without "
	  "--webhook "
	  "one is made for as long as this runs.",
	  .writes = true },
	{ 0 },
};
