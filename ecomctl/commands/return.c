/* return: request approve decline receive refund cancel list get describe. */
#include <stdio.h>
#include <stdlib.h>

#include "ecomctl/commands/commands.h"
#include "ecomctl/commands/order.h"
#include "ecomctl/commands/payment.h"
#include "ecomctl/commands/resource.h"
#include "lib/base/json.h"

static const struct resource returned = {
	.collection = "/v1/returns",
	.item = "/v1/returns/{}",
	.key = "number",
	.singular = "return",
	.plural = "returns",
};

/* Until it is in the stock, or paid back: else it is shown as it is then. */
static const char *const waiting[] = { "Prefer: wait=10", NULL };

static enum exit_code post(struct cli *cli, const char *pattern, const json_t *body)
{
	return payment_show(cli, resource_post(cli, pattern, cli_argument(cli, 0), body, waiting));
}

/* Takes parts. */
static void set_parts(json_t *body, const char *name, json_t *parts)
{
	if (json_array_size(parts))
		json_object_set(body, name, parts);
	json_decref(parts);
}

static enum exit_code return_request(struct cli *cli)
{
	json_t *body scoped(scoped_json) = resource_body(cli);
	json_t *lines = json_array(), *exchange = json_array();
	char *path scoped(scoped_free) = api_path("/v1/orders/{}/returns", cli_argument(cli, 0));
	json_t *record;

	order_parts(cli, lines, "line", "quantity");
	order_parts(cli, exchange, "exchange", "quantity");
	set_parts(body, "lines", lines);
	set_parts(body, "exchange", exchange);
	if (!cli_has(cli, "reason"))
		return cli_fail(cli, EXIT_USAGE, "such as --reason broken", "the reason is needed");
	if (cli_exit(cli))
		return cli_exit(cli);
	record = cli_call(cli,
			  &(struct api_request){ .method = "POST", .path = path, .body = body });
	if (!record && cli_exit(cli) == EXIT_NOT_FOUND)
		cli_fail_restate(cli, "ecomctl order list", "order \"%s\" not found",
				 cli_argument(cli, 0));
	return payment_show(cli, record);
}

static enum exit_code return_approve(struct cli *cli)
{
	json_t *body scoped(scoped_json) = resource_body(cli);

	return post(cli, "/v1/returns/{}/approve", body);
}

static enum exit_code return_decline(struct cli *cli)
{
	json_t *body scoped(scoped_json) = resource_body(cli);

	if (!cli_has(cli, "resolution"))
		return cli_fail(cli, EXIT_USAGE, "such as --resolution 'worn'",
				"what to tell the customer is needed");
	return post(cli, "/v1/returns/{}/decline", body);
}

static enum exit_code return_receive(struct cli *cli)
{
	json_t *body scoped(scoped_json) = resource_body(cli);
	json_t *lines = json_array();

	order_parts(cli, lines, "line", "quantity");
	order_parts(cli, lines, "damaged", "damaged");
	order_parts(cli, lines, "refused", "refused");
	set_parts(body, "lines", lines);
	return post(cli, "/v1/returns/{}/receive", body);
}

/* What a refund would do; NULL after recording a failure. */
static json_t *preview(struct cli *cli, const json_t *body)
{
	char *path = api_path("/v1/returns/{}/refund-preview", cli_argument(cli, 0));
	json_t *answer;

	for (const char *const *name = (const char *const[]){ "amount", "fee", NULL }; *name;
	     name++) {
		char text[24];

		snprintf(text, sizeof(text), "%lld", (long long)json_get_int(body, *name, 0));
		if (json_object_get(body, *name))
			path = api_path_query(path, *name, text);
	}
	if (json_get_bool(body, "shipping", false))
		path = api_path_query(path, "shipping", "true");
	answer = cli_call(cli, &(struct api_request){ .method = "GET", .path = path });
	free(path);
	if (!answer && cli_exit(cli) == EXIT_NOT_FOUND)
		cli_fail_restate(cli, "ecomctl return list", "return \"%s\" not found",
				 cli_argument(cli, 0));
	return answer;
}

/* The currency of the amounts comes from a preview. */
static bool set_amounts(struct cli *cli, json_t *body)
{
	json_t *all scoped(scoped_json) = preview(cli, NULL);
	const json_t *money = json_object_get(all, "refundable");

	return all && payment_minor(cli, body, "amount", money) &&
	       payment_minor(cli, body, "fee", money);
}

static const struct column preview_columns[] = {
	{ "number", COLUMN_TEXT, 0 },
	{ "amount", COLUMN_MONEY, 0 },
	{ "possible", COLUMN_BOOL, 0 },
	{ "reason", COLUMN_TEXT, 1 },
	{ "worth", COLUMN_MONEY, 1 },
	{ "exchanged", COLUMN_MONEY, 2 },
	{ "shipping", COLUMN_MONEY, 2 },
	{ "fee", COLUMN_MONEY, 2 },
	{ "refundable", COLUMN_MONEY, 1 },
	{ "detail", COLUMN_TEXT, .detail = true },
	{ "status", COLUMN_STATUS, .detail = true },
	{ "order", COLUMN_TEXT, .detail = true },
	{ "payment", COLUMN_TEXT, .detail = true },
	{ 0 },
};

static enum exit_code show_preview(struct cli *cli, const json_t *body)
{
	json_t *record scoped(scoped_json) = preview(cli, body);

	if (record) {
		output_begin(cli_output(cli), OUTPUT_ONE, preview_columns, "number");
		output_record(cli_output(cli), record);
		output_end(cli_output(cli));
	}
	return cli_exit(cli);
}

static enum exit_code return_refund(struct cli *cli)
{
	json_t *body scoped(scoped_json) = resource_body(cli);

	if (!set_amounts(cli, body))
		return cli_exit(cli);
	if (cli_has(cli, "dry-run"))
		return show_preview(cli, body);
	return post(cli, "/v1/returns/{}/refund", body);
}

static enum exit_code return_cancel(struct cli *cli)
{
	return post(cli, "/v1/returns/{}/cancel", NULL);
}

static const struct column return_columns[] = {
	{ "number", COLUMN_TEXT, 0 },
	{ "order_number", COLUMN_TEXT, 0, "ORDER" },
	{ "kind", COLUMN_TEXT, 1 },
	{ "status", COLUMN_STATUS, 0 },
	{ "reason", COLUMN_TEXT, 2 },
	{ "worth", COLUMN_MONEY, 1 },
	{ "refund.status", COLUMN_STATUS, 2, "REFUND" },
	{ "refund.amount", COLUMN_MONEY, 3, "REFUNDED" },
	{ "exchange_order", COLUMN_TEXT, 3, "EXCHANGE" },
	{ "created_at", COLUMN_TIME, 3, "REQUESTED" },
	{ "id", COLUMN_TEXT, .detail = true },
	{ "order", COLUMN_TEXT, .detail = true },
	{ "owner", COLUMN_TEXT, .detail = true },
	{ "note", COLUMN_TEXT, .detail = true },
	{ "resolution", COLUMN_TEXT, .detail = true },
	{ "pieces", COLUMN_NUMBER, .detail = true },
	{ "lines", COLUMN_OBJECT, .detail = true },
	{ "exchange", COLUMN_OBJECT, .detail = true },
	{ "exchange_status", COLUMN_STATUS, .detail = true },
	{ "refund", COLUMN_OBJECT, .detail = true },
	{ "attempt", COLUMN_NUMBER, .detail = true },
	{ "last_error", COLUMN_TEXT, .detail = true },
	{ "received_at", COLUMN_TIME, .detail = true },
	{ "restocked_at", COLUMN_TIME, .detail = true },
	{ "version", COLUMN_NUMBER, .detail = true },
	{ "updated_at", COLUMN_TIME, .detail = true },
	{ 0 },
};

static const struct argument one_order[] = { { "ORDER", "the order's number or id" }, { 0 } };
static const struct argument one_return[] = { { "RETURN", "its number or id" }, { 0 } };
static const struct argument many_returns[] = { { "RETURN", "its number or id", .many = true },
						{ 0 } };

static const char *const statuses[] = { "requested", "approved",  "declined", "received",
					"refunded",  "cancelled", NULL };
static const char *const kinds[] = { "refund", "exchange", NULL };

static const struct flag list_flags[] = {
	{ "status", 0, FLAG_CHOICE, NULL, "in this status", .choices = statuses,
	  .field = "status" },
	{ "kind", 0, FLAG_CHOICE, NULL, "only these", .choices = kinds, .field = "kind" },
	{ "order", 0, FLAG_TEXT, "ORDER", "of this order: its number or id", .field = "order" },
	{ 0 },
};

static const struct flag request_flags[] = {
	{ "line", 'l', FLAG_PAIR, "SKU=N", "so many of this product; else all that was shipped",
	  .repeat = true },
	{ "reason", 'r', FLAG_TEXT, "CODE", "such as broken or wrong_size", .field = "reason" },
	{ "note", 0, FLAG_TEXT, NULL, "what the customer says", .field = "note" },
	{ "exchange", 0, FLAG_PAIR, "SKU=N", "send so many of this product instead",
	  .repeat = true },
	{ 0 },
};

static const struct flag approve_flags[] = {
	{ "resolution", 0, FLAG_TEXT, NULL, "what the customer is told", .field = "resolution" },
	{ "advance", 0, FLAG_SWITCH, NULL, "send the replacements before the goods come back",
	  .field = "advance" },
	RESOURCE_IF_VERSION,
	{ 0 },
};

static const struct flag decline_flags[] = {
	{ "resolution", 0, FLAG_TEXT, NULL, "what the customer is told", .field = "resolution" },
	RESOURCE_IF_VERSION,
	{ 0 },
};

static const struct flag receive_flags[] = {
	{ "line", 'l', FLAG_PAIR, "SKU=N", "so many came; all that was announced if not given",
	  .repeat = true },
	{ "damaged", 'd', FLAG_PAIR, "SKU=N", "so many of them cannot be sold again",
	  .repeat = true },
	{ "refused", 0, FLAG_PAIR, "SKU=N", "so many came too and are sent back", .repeat = true },
	{ "send", 0, FLAG_TRUTH, NULL, "no: send no replacements, refund instead",
	  .field = "exchange" },
	RESOURCE_IF_VERSION,
	{ 0 },
};

static const struct flag refund_flags[] = {
	{ "amount", 0, FLAG_MONEY, NULL, "so much; else what was paid for what came back" },
	{ "fee", 0, FLAG_MONEY, NULL, "keep so much, such as for restocking" },
	{ "shipping", 0, FLAG_SWITCH, NULL, "give back the shipping too", .field = "shipping" },
	{ "dry-run", 0, FLAG_SWITCH, NULL, "only show what it would do" },
	{ "reason", 'r', FLAG_TEXT, NULL, "why; it is kept with the refund", .field = "reason" },
	RESOURCE_IF_VERSION,
	{ 0 },
};

static const struct flag cancel_flags[] = { RESOURCE_IF_VERSION, { 0 } };

const struct command return_commands[] = {
	{ "request", "Ask to return what was shipped, or a part of it", return_request, one_order,
	  request_flags, return_columns, "number",
	  EXAMPLES("ecomctl return request 100001 --reason regret",
		   "ecomctl return request 100001 --line MUG-1=1 --reason broken --exchange "
		   "MUG-2=1"),
	  "Replacements cost at most what comes back; a draft order is for anything dearer.",
	  &returned, .writes = true },
	{ "approve", "Agree to a return", return_approve, one_return, approve_flags, return_columns,
	  "number", EXAMPLES("ecomctl return approve R100001"), .resource = &returned,
	  .writes = true },
	{ "decline", "Decline a return", return_decline, one_return, decline_flags, return_columns,
	  "number", EXAMPLES("ecomctl return decline R100001 --resolution 'It was worn'"),
	  .resource = &returned, .writes = true },
	{ "receive", "Say what came back, and what cannot be sold again", return_receive,
	  one_return, receive_flags, return_columns, "number",
	  EXAMPLES("ecomctl return receive R100001",
		   "ecomctl return receive R100001 --line MUG-1=2 --damaged MUG-1=1"),
	  "What can be sold again goes back into the stock. Replacements are ordered now.",
	  &returned, .writes = true },
	{ "refund", "Give back what was paid for what came back", return_refund, one_return,
	  refund_flags, return_columns, "number",
	  EXAMPLES("ecomctl return refund R100001",
		   "ecomctl return refund R100001 --fee 5EUR --shipping --dry-run"),
	  "Above your limit the refund is only requested: somebody else approves it.", &returned,
	  .writes = true },
	{ "cancel", "Cancel a return of which nothing was received", return_cancel, one_return,
	  cancel_flags, return_columns, "number", EXAMPLES("ecomctl return cancel R100001"),
	  .resource = &returned, .writes = true },
	{ "list", "List returns, newest first", resource_list, NULL, list_flags, return_columns,
	  "number", EXAMPLES("ecomctl return list --status requested"), .resource = &returned,
	  .pages = true },
	{ "get", "Show returns in a line each", resource_get, many_returns, NULL, return_columns,
	  "number", EXAMPLES("ecomctl return get R100001"), .resource = &returned },
	{ "describe", "Show all about a return", resource_describe, one_return, NULL,
	  return_columns, "number", EXAMPLES("ecomctl return describe R100001"),
	  .resource = &returned },
	{ 0 },
};
