/* order: list get describe timeline trace ship cancel hold resume note export tail. */
#include "ecomctl/commands/order.h"

#include "ecomctl/commands/commands.h"
#include "ecomctl/commands/order_trace.h"
#include "ecomctl/commands/resource.h"
#include "lib/base/json.h"

static const struct resource order = {
	.collection = "/v1/orders",
	.item = "/v1/orders/{}",
	.key = "number",
	.singular = "order",
	.plural = "orders",
};

static enum exit_code order_timeline(struct cli *cli)
{
	char *path scoped(scoped_free) = api_path("/v1/orders/{}/timeline", cli_argument(cli, 0));
	json_t *answer scoped(scoped_json) =
		cli_call(cli, &(struct api_request){ .method = "GET", .path = path });

	if (answer)
		cli_emit_list(cli, json_object_get(answer, "data"));
	return cli_exit(cli);
}

static const struct column order_columns[] = {
	{ "number", COLUMN_TEXT, 0 },
	{ "status", COLUMN_STATUS, 0 },
	{ "payment", COLUMN_STATUS, 1 },
	{ "fulfilment", COLUMN_STATUS, 1 },
	{ "total", COLUMN_MONEY, 0 },
	{ "email", COLUMN_TEXT, 3 },
	{ "reason", COLUMN_TEXT, 4 },
	{ "created_at", COLUMN_TIME, 2, "PLACED" },
	{ "id", COLUMN_TEXT, .detail = true },
	{ "name", COLUMN_TEXT, .detail = true },
	{ "lines", COLUMN_OBJECT, .detail = true },
	{ "subtotal", COLUMN_MONEY, .detail = true },
	{ "shipping_method", COLUMN_TEXT, .detail = true },
	{ "shipping", COLUMN_MONEY, .detail = true },
	{ "tax_name", COLUMN_TEXT, .detail = true },
	{ "tax", COLUMN_MONEY, .detail = true },
	{ "shipping_address", COLUMN_OBJECT, .detail = true },
	{ "shipments", COLUMN_OBJECT, .detail = true },
	{ "returns", COLUMN_OBJECT, .detail = true },
	{ "captured", COLUMN_MONEY, .detail = true },
	{ "refunded", COLUMN_MONEY, .detail = true },
	{ "detail", COLUMN_OBJECT, .detail = true },
	{ "short", COLUMN_BOOL, .detail = true },
	{ "held", COLUMN_BOOL, .detail = true },
	{ "hold_reason", COLUMN_TEXT, .detail = true },
	{ "deadline", COLUMN_TIME, .detail = true },
	{ "step", COLUMN_TEXT, .detail = true },
	{ "attempt", COLUMN_NUMBER, .detail = true },
	{ "last_error", COLUMN_TEXT, .detail = true },
	{ "version", COLUMN_NUMBER, .detail = true },
	{ "updated_at", COLUMN_TIME, .detail = true },
	{ 0 },
};

static const struct column timeline_columns[] = {
	{ "at", COLUMN_TIME, 0 },        { "kind", COLUMN_TEXT, 0 },   { "actor", COLUMN_TEXT, 2 },
	{ "version", COLUMN_NUMBER, 3 }, { "data", COLUMN_OBJECT, 1 }, { 0 },
};

static const struct column shipment_columns[] = {
	{ "number", COLUMN_TEXT, 0 },
	{ "id", COLUMN_TEXT, 2, "SHIPMENT" },
	{ "status", COLUMN_STATUS, 0 },
	{ "carrier", COLUMN_TEXT, 1 },
	{ "tracking", COLUMN_TEXT, 1 },
	{ "amount", COLUMN_MONEY, 1, "CAPTURES" },
	{ "lines", COLUMN_OBJECT, .detail = true },
	{ "reason", COLUMN_TEXT, .detail = true },
	{ "last_error", COLUMN_TEXT, .detail = true },
	{ "shipped_at", COLUMN_TIME, .detail = true },
	{ 0 },
};

static const struct column cancellation_columns[] = {
	{ "number", COLUMN_TEXT, 0 },
	{ "id", COLUMN_TEXT, 2, "CANCELLATION" },
	{ "status", COLUMN_STATUS, 0 },
	{ "order_status", COLUMN_STATUS, 0, "ORDER" },
	{ "reason", COLUMN_TEXT, 1 },
	{ "restock", COLUMN_BOOL, 2 },
	{ "lines", COLUMN_OBJECT, .detail = true },
	{ "last_error", COLUMN_TEXT, .detail = true },
	{ 0 },
};

static const struct column note_columns[] = {
	{ "id", COLUMN_TEXT, 2 },         { "text", COLUMN_TEXT, 0 },
	{ "public", COLUMN_BOOL, 1 },     { "author", COLUMN_TEXT, 2 },
	{ "created_at", COLUMN_TIME, 3 }, { 0 },
};

/* Of an order, or with --with-lines of each of its lines. */
static const struct column export_columns[] = {
	{ "number", COLUMN_TEXT, 0 },       { "created_at", COLUMN_TIME, 0 },
	{ "status", COLUMN_STATUS, 0 },     { "payment", COLUMN_STATUS, 0 },
	{ "fulfilment", COLUMN_STATUS, 0 }, { "email", COLUMN_TEXT, 0 },
	{ "name", COLUMN_TEXT, 0 },         { "country", COLUMN_TEXT, 0 },
	{ "total", COLUMN_MONEY, 0 },       { "units", COLUMN_NUMBER, 0 },
	{ "line", COLUMN_NUMBER, 0 },       { "sku", COLUMN_TEXT, 0 },
	{ "product", COLUMN_TEXT, 0 },      { "quantity", COLUMN_NUMBER, 0 },
	{ "cancelled", COLUMN_NUMBER, 0 },  { "shipped", COLUMN_NUMBER, 0 },
	{ "price", COLUMN_MONEY, 0 },       { "line_tax", COLUMN_MONEY, 0 },
	{ "line_total", COLUMN_MONEY, 0 },  { 0 },
};

static const struct column tail_columns[] = {
	{ "at", COLUMN_TIME, 1 },
	{ "event", COLUMN_TEXT, 0 },
	{ "number", COLUMN_TEXT, 0 },
	{ "kind", COLUMN_TEXT, 0 },
	{ "status", COLUMN_STATUS, 0 },
	{ "payment", COLUMN_STATUS, 2 },
	{ "fulfilment", COLUMN_STATUS, 2 },
	{ "total", COLUMN_MONEY, 1 },
	{ "version", COLUMN_NUMBER, .detail = true },
	{ 0 },
};

static const struct argument one_order[] = { { "ORDER", "its number or id" }, { 0 } };
static const struct argument many_orders[] = { { "ORDER", "its number or id", .many = true },
					       { 0 } };
static const struct argument order_and_text[] = { { "ORDER", "its number or id" },
						  { "TEXT", "the note" },
						  { 0 } };

static const char *const statuses[] = { "pending",   "confirmed", "completed",
					"cancelled", "rejected",  NULL };
static const char *const payments[] = { "none",        "pending",
					"authorized",  "partly_captured",
					"captured",    "partly_refunded",
					"refunded",    "failed",
					"written_off", NULL };
static const char *const fulfilments[] = { "unfulfilled", "partly_shipped", "shipped", NULL };

#define FILTERS                                                                                      \
	{ "search",    's', FLAG_TEXT, "WORDS", "words of number, e-mail address and name",          \
	  .field = "q" },                                                                            \
		{ "status",         0, FLAG_CHOICE, NULL, "in this status", .choices = statuses,     \
		  .field = "status" },                                                               \
		{ "payment",                                                                         \
		  0,                                                                                 \
		  FLAG_CHOICE,                                                                       \
		  NULL,                                                                              \
		  "whose payment is so",                                                             \
		  .choices = payments,                                                               \
		  .field = "payment" },                                                              \
		{ "fulfilment",         0,                                                           \
		  FLAG_CHOICE,          NULL,                                                        \
		  "shipped so far",     .choices = fulfilments,                                      \
		  .field = "fulfilment" },                                                           \
		{ "email", 0, FLAG_TEXT, "ADDRESS", "of this customer", .field = "email" },          \
		{ "sku", 0, FLAG_TEXT, "SKU", "with this product", .field = "sku" },                 \
		{ "since", 0, FLAG_TEXT, "TIME", "placed at or after this time", .field = "since" }, \
	{                                                                                            \
		"until", 0, FLAG_TEXT, "TIME", "placed before this time", .field = "until"           \
	}

static const struct flag list_flags[] = {
	FILTERS,
	{ "stuck", 0, FLAG_SWITCH, NULL, "pending for over a minute, or tried often",
	  .field = "stuck" },
	{ "held", 0, FLAG_TRUTH, NULL, "held or not", .field = "held" },
	{ "short", 0, FLAG_TRUTH, NULL, "marked short by a count or not", .field = "short" },
	{ 0 },
};

static const struct flag export_flags[] = {
	FILTERS,
	{ "with-lines", 'l', FLAG_SWITCH, NULL, "a row per line", .field = "lines" },
	{ 0 },
};

#define PARTS                                                                                      \
	{                                                                                          \
		"line", 'l', FLAG_PAIR, "SKU=N", "so many of this product; else all that is open", \
			.repeat = true                                                             \
	}

static const struct flag ship_flags[] = {
	PARTS,
	{ "carrier", 'c', FLAG_TEXT, "NAME", "who brings it", .field = "carrier" },
	{ "tracking", 't', FLAG_TEXT, "CODE", "the carrier's number", .field = "tracking" },
	{ 0 },
};

static const struct flag cancel_flags[] = {
	PARTS,
	{ "reason", 'r', FLAG_TEXT, "CODE", "such as customer or fraud", .field = "reason" },
	{ "restock", 0, FLAG_TRUTH, NULL, "no: the pieces are gone", .field = "restock" },
	{ 0 },
};

static const struct flag hold_flags[] = {
	{ "reason", 'r', FLAG_TEXT, "CODE", "such as fraud_check", .field = "reason" },
	{ 0 },
};

static const struct flag note_flags[] = {
	{ "public", 0, FLAG_SWITCH, NULL, "the customer sees it too", .field = "public" },
	{ 0 },
};

static const struct flag tail_flags[] = {
	{ "lines", 'n', FLAG_NUMBER, "N", "so many changes first, 10 usually", .max = 1000 },
	{ "interval", 0, FLAG_DURATION, NULL, "between two looks, 1s usually", .min = 100,
	  .max = 3600000 },
	{ "for", 0, FLAG_DURATION, NULL, "end after this time", .min = 100, .max = 86400000 },
	{ 0 },
};

const struct command order_commands[] = {
	{ "list", "List orders, newest first", resource_list, NULL, list_flags, order_columns,
	  "number",
	  EXAMPLES("ecomctl order list --status confirmed --fulfilment unfulfilled",
		   "ecomctl order list --search smith", "ecomctl order list --stuck -o json"),
	  .resource = &order, .pages = true },
	{ "get", "Show orders in a line each", resource_get, many_orders, NULL, order_columns,
	  "number", EXAMPLES("ecomctl order get 100001"), .resource = &order },
	{ "describe", "Show all about an order", resource_describe, one_order, NULL, order_columns,
	  "number", EXAMPLES("ecomctl order describe 100001"), .resource = &order },
	{ "timeline", "Show what happened to an order", order_timeline, one_order, NULL,
	  timeline_columns, NULL, EXAMPLES("ecomctl order timeline 100001") },
	{ "trace", "Show all that happened for an order, in every service", order_trace, one_order,
	  NULL, order_trace_columns, NULL,
	  EXAMPLES("ecomctl order trace 100001", "ecomctl order trace 100001 -o ndjson"),
	  "State changes, stock movements, payment events and log lines, in order of time. Parts "
	  "that you may not read are left out, and named." },
	{ "ship", "Ship an order, or a part of it", order_ship, one_order, ship_flags,
	  shipment_columns, "id",
	  EXAMPLES("ecomctl order ship 100001 --carrier DHL --tracking JD014600",
		   "ecomctl order ship 100001 --line MUG-1=1"),
	  "Each shipment captures its part of the payment; the first one the shipping cost too.",
	  .writes = true },
	{ "cancel", "Cancel what is not shipped of an order, or a part of it", order_cancel,
	  one_order, cancel_flags, cancellation_columns, "id",
	  EXAMPLES("ecomctl order cancel 100001 --reason customer",
		   "ecomctl order cancel 100001 --line MUG-1=1 --restock no"),
	  "When nothing is left to ship, what is authorized and not captured is given back.",
	  .writes = true, .destructive = true },
	{ "hold", "Keep an order from being shipped", order_hold, one_order, hold_flags,
	  order_columns, "number", EXAMPLES("ecomctl order hold 100001 --reason fraud_check"),
	  .writes = true },
	{ "resume", "Let a held order be shipped", order_resume, one_order, NULL, order_columns,
	  "number", EXAMPLES("ecomctl order resume 100001"), .writes = true },
	{ "note", "Add a note to an order", order_note, order_and_text, note_flags, note_columns,
	  "id",
	  EXAMPLES("ecomctl order note 100001 'Called; leave it with the neighbour' --public"),
	  .writes = true },
	{ "export", "Write all orders, or all their lines", order_export, NULL, export_flags,
	  export_columns, "number",
	  EXAMPLES("ecomctl order export -o csv > orders.csv",
		   "ecomctl order export --with-lines --since 2026-11-01T00:00:00Z -o ndjson"),
	  .resource = &order },
	{ "tail", "Follow the changes of all orders", order_tail, NULL, tail_flags, tail_columns,
	  "number", EXAMPLES("ecomctl order tail", "ecomctl order tail --for 10m -o ndjson"),
	  "ADDED is a new order, CHANGED any other change. What was under way at once may come a "
	  "moment later than its time says." },
	{ 0 },
};
