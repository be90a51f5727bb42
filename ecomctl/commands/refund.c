/* refund: preview create approve reject record list get. */
#include <stdio.h>
#include <stdlib.h>

#include "ecomctl/commands/commands.h"
#include "ecomctl/commands/payment.h"
#include "ecomctl/commands/resource.h"
#include "lib/base/json.h"

static const struct resource refund = {
	.collection = "/v1/refunds",
	.item = "/v1/refunds/{}",
	.key = "id",
	.singular = "refund",
	.plural = "refunds",
};

static const struct column refund_columns[] = {
	{ "id", COLUMN_TEXT, 0 },
	{ "number", COLUMN_TEXT, 0, "ORDER" },
	{ "amount", COLUMN_MONEY, 0 },
	{ "status", COLUMN_STATUS, 0 },
	{ "reason", COLUMN_TEXT, 2 },
	{ "failure", COLUMN_TEXT, 4 },
	{ "created_at", COLUMN_TIME, 3, "CREATED" },
	{ "payment", COLUMN_TEXT, .detail = true },
	{ "order", COLUMN_TEXT, .detail = true },
	{ "return", COLUMN_TEXT, .detail = true },
	{ "lines", COLUMN_OBJECT, .detail = true },
	{ "requested_by", COLUMN_TEXT, .detail = true },
	{ "decided_by", COLUMN_TEXT, .detail = true },
	{ "decided_at", COLUMN_TIME, .detail = true },
	{ "note", COLUMN_TEXT, .detail = true },
	{ "version", COLUMN_NUMBER, .detail = true },
	{ "updated_at", COLUMN_TIME, .detail = true },
	{ 0 },
};

static const struct column preview_columns[] = {
	{ "number", COLUMN_TEXT, 0, "ORDER" },
	{ "amount", COLUMN_MONEY, 0 },
	{ "possible", COLUMN_BOOL, 0 },
	{ "reason", COLUMN_TEXT, 1 },
	{ "needs_approval", COLUMN_BOOL, 1, "NEEDS APPROVAL" },
	{ "refundable", COLUMN_MONEY, 1 },
	{ "captured", COLUMN_MONEY, 2 },
	{ "refunded", COLUMN_MONEY, 2 },
	{ "refund_pending", COLUMN_MONEY, 3, "PENDING" },
	{ "payment", COLUMN_TEXT, .detail = true },
	{ "order", COLUMN_TEXT, .detail = true },
	{ "transfers", COLUMN_OBJECT, .detail = true },
	{ 0 },
};

static const char *const statuses[] = { "requested", "pending",  "succeeded",
					"failed",    "rejected", NULL };

static const struct argument one_order[] = { { "ORDER", "the order's number or id" }, { 0 } };
static const struct argument one_id[] = { { "ID", "the refund's id" }, { 0 } };
static const struct argument many_ids[] = { { "ID", "the refund's id", .many = true }, { 0 } };

static const struct flag list_flags[] = {
	{ "status", 0, FLAG_CHOICE, NULL, "in this status", .choices = statuses,
	  .field = "status" },
	{ "order", 0, FLAG_TEXT, "ORDER", "of this order: its number or id", .field = "order" },
	{ 0 },
};

static const struct flag preview_flags[] = {
	{ "amount", 0, FLAG_MONEY, NULL, "so much; without it all that can be refunded" },
	{ 0 },
};

static const struct flag create_flags[] = {
	{ "amount", 0, FLAG_MONEY, NULL, "so much" },
	{ "all", 0, FLAG_SWITCH, NULL, "all that can be refunded", .field = "all" },
	{ "reason", 0, FLAG_TEXT, NULL, "why; it is kept with the refund", .field = "reason" },
	{ 0 },
};

static const struct flag decision_flags[] = {
	{ "note", 0, FLAG_TEXT, NULL, "why", .field = "note" },
	{ 0 },
};

/* A preview of all that can be refunded; the currency comes from it. */
static json_t *preview(struct cli *cli, const char *amount)
{
	char *path = api_path_query(xstrdup("/v1/refund-previews"), "order", cli_argument(cli, 0));
	json_t *answer;

	path = api_path_query(path, "amount", amount);
	answer = cli_call(cli, &(struct api_request){ .method = "GET", .path = path });
	free(path);
	return answer;
}

static enum exit_code refund_preview(struct cli *cli)
{
	json_t *all = preview(cli, NULL);
	json_t *body scoped(scoped_json) = json_object();
	char text[24];

	if (!all || !payment_amount(cli, body, json_object_get(all, "refundable"))) {
		json_decref(all);
		return cli_exit(cli);
	}
	if (cli_has(cli, "amount")) {
		json_decref(all);
		snprintf(text, sizeof(text), "%lld", (long long)json_get_int(body, "amount", 0));
		all = preview(cli, text);
	}
	return payment_show(cli, all);
}

static enum exit_code refund_create(struct cli *cli)
{
	json_t *body scoped(scoped_json) = resource_body(cli);
	json_t *all scoped(scoped_json) = NULL;

	if (cli_has(cli, "amount") == cli_has(cli, "all"))
		return cli_fail(cli, EXIT_USAGE, "ecomctl refund preview shows what is possible",
				"give --amount or --all");
	if (!cli_has(cli, "reason"))
		return cli_fail(cli, EXIT_USAGE, NULL, "--reason is needed");
	all = preview(cli, NULL);
	if (!all || !payment_amount(cli, body, json_object_get(all, "refundable")))
		return cli_exit(cli);
	json_object_set_new(body, "order", json_string(cli_argument(cli, 0)));
	return payment_show(cli, cli_call(cli, &(struct api_request){ .method = "POST",
								      .path = refund.collection,
								      .body = body }));
}

static enum exit_code refund_approve(struct cli *cli)
{
	json_t *body scoped(scoped_json) = resource_body(cli);

	return payment_show(cli, payment_post(cli, "/v1/refunds/{}/approve", body));
}

static enum exit_code refund_reject(struct cli *cli)
{
	json_t *body scoped(scoped_json) = resource_body(cli);

	return payment_show(cli, payment_post(cli, "/v1/refunds/{}/reject", body));
}

const struct command refund_commands[] = {
	{ "preview", "Show what a refund would do, without doing it", refund_preview, one_order,
	  preview_flags, preview_columns, "order",
	  EXAMPLES("ecomctl refund preview 1001 --amount 10EUR") },
	{ "create", "Refund an order, wholly or in part", refund_create, one_order, create_flags,
	  refund_columns, "id",
	  EXAMPLES("ecomctl refund create 1001 --amount 10EUR --reason 'came broken'",
		   "ecomctl refund create 1001 --all --reason 'never arrived'"),
	  "Above your limit the refund is only requested: somebody else approves it.", &refund,
	  .writes = true },
	{ "approve", "Approve a refund that somebody else requested", refund_approve, one_id,
	  decision_flags, refund_columns, "id",
	  EXAMPLES("ecomctl refund approve 01a20515-3c33-78cf-bd50-71204c55409a"),
	  .resource = &refund, .writes = true },
	{ "reject", "Reject a requested refund", refund_reject, one_id, decision_flags,
	  refund_columns, "id",
	  EXAMPLES("ecomctl refund reject 01a20515-3c33-78cf-bd50-71204c55409a --note no"),
	  .resource = &refund, .writes = true },
	{ "record", "Record that the money of a refund was sent by hand", refund_record, one_id,
	  refund_record_flags, refund_columns, "id",
	  EXAMPLES("ecomctl refund record 01a20515-3c33-78cf-bd50-71204c55409a "
		   "--reference 'transfer 9'"),
	  "A refund of a payment by hand is pending until then.", .resource = &refund,
	  .writes = true },
	{ "list", "List refunds", resource_list, NULL, list_flags, refund_columns, "id",
	  EXAMPLES("ecomctl refund list --status requested"), .resource = &refund, .pages = true },
	{ "get", "Show refunds in a line each", resource_get, many_ids, NULL, refund_columns, "id",
	  EXAMPLES("ecomctl refund get 01a20515-3c33-78cf-bd50-71204c55409a"),
	  .resource = &refund },
	{ 0 },
};
