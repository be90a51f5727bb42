/* payment: list get describe events capture void record reconcile. */
#include "ecomctl/commands/payment.h"

#include "ecomctl/commands/commands.h"
#include "ecomctl/commands/resource.h"
#include "lib/base/json.h"
#include "lib/base/str.h"

static const struct resource payment = {
	.collection = "/v1/payments",
	.item = "/v1/payments/{}",
	.key = "id",
	.singular = "payment",
	.plural = "payments",
};

static const struct column payment_columns[] = {
	{ "id", COLUMN_TEXT, 0 },
	{ "number", COLUMN_TEXT, 0, "ORDER" },
	{ "status", COLUMN_STATUS, 0 },
	{ "amount", COLUMN_MONEY, 0 },
	{ "captured", COLUMN_MONEY, 2 },
	{ "refunded", COLUMN_MONEY, 3 },
	{ "reason", COLUMN_TEXT, 4 },
	{ "provider", COLUMN_TEXT, 6 },
	{ "created_at", COLUMN_TIME, 5, "CREATED" },
	{ "order", COLUMN_TEXT, .detail = true },
	{ "authorized", COLUMN_MONEY, .detail = true },
	{ "voided", COLUMN_MONEY, .detail = true },
	{ "refund_pending", COLUMN_MONEY, .detail = true },
	{ "prepaid", COLUMN_MONEY, .detail = true },
	{ "owed", COLUMN_MONEY, .detail = true },
	{ "written_off", COLUMN_MONEY, .detail = true },
	{ "refundable", COLUMN_MONEY, .detail = true },
	{ "disputed", COLUMN_MONEY, .detail = true },
	{ "fees", COLUMN_MONEY, .detail = true },
	{ "next_action", COLUMN_OBJECT, .detail = true },
	{ "reference", COLUMN_TEXT, .detail = true },
	{ "contradiction", COLUMN_BOOL, .detail = true },
	{ "deadline", COLUMN_TIME, .detail = true },
	{ "hold_ends_at", COLUMN_TIME, .detail = true },
	{ "version", COLUMN_NUMBER, .detail = true },
	{ "updated_at", COLUMN_TIME, .detail = true },
	{ 0 },
};

static const struct column event_columns[] = {
	{ "occurred_at", COLUMN_TIME, 0, "TIME" },
	{ "kind", COLUMN_STATUS, 0 },
	{ "amount", COLUMN_MONEY, 0 },
	{ "reason", COLUMN_TEXT, 2 },
	{ "source", COLUMN_TEXT, 3 },
	{ "actor", COLUMN_TEXT, .detail = true },
	{ "reference", COLUMN_TEXT, 4 },
	{ "id", COLUMN_NUMBER, .detail = true },
	{ "operation", COLUMN_TEXT, .detail = true },
	{ "event", COLUMN_TEXT, .detail = true },
	{ "created_at", COLUMN_TIME, .detail = true },
	{ 0 },
};

static const char *const statuses[] = { "pending",  "action_required", "authorized",
					"declined", "cancelled",       "captured",
					"failed",   "written_off",     NULL };

static const struct argument one_id[] = { { "ID", "the payment's id" }, { 0 } };
static const struct argument many_ids[] = { { "ID", "the payment's id", .many = true }, { 0 } };

static const struct flag list_flags[] = {
	{ "status", 0, FLAG_CHOICE, NULL, "in this status", .choices = statuses,
	  .field = "status" },
	{ "order", 0, FLAG_TEXT, "ORDER", "of this order: its number or id", .field = "order" },
	{ "owed", 0, FLAG_SWITCH, NULL, "paid by hand and not wanted any more: to be sent back",
	  .field = "owed" },
	{ "since", 0, FLAG_TEXT, "TIME", "made then or later, as 2026-11-22T10:00:00Z",
	  .field = "since" },
	{ 0 },
};

static const struct flag capture_flags[] = {
	{ "amount", 0, FLAG_MONEY, NULL, "so much; without it all that is left" },
	{ "final", 0, FLAG_SWITCH, NULL, "release what is not captured", .field = "final" },
	{ 0 },
};

static const struct flag void_flags[] = {
	{ "reason", 0, FLAG_TEXT, NULL, "why", .field = "reason" },
	{ 0 },
};

json_t *payment_post(struct cli *cli, const char *pattern, const json_t *body)
{
	char *path scoped(scoped_free) = api_path(pattern, cli_argument(cli, 0));

	return cli_call(cli, &(struct api_request){ .method = "POST", .path = path, .body = body });
}

enum exit_code payment_show(struct cli *cli, json_t *record)
{
	if (record)
		cli_emit(cli, OUTPUT_ONE, record);
	json_decref(record);
	return cli_exit(cli);
}

bool payment_minor(struct cli *cli, json_t *body, const char *flag, const json_t *money)
{
	const char *currency = json_get_string(money, "currency", "");
	struct money amount;

	if (!cli_has(cli, flag))
		return true;
	if (!money_parse(cli_text(cli, flag), currency, &amount))
		cli_fail(cli, EXIT_USAGE, NULL, "--%s is no amount of money in %s", flag, currency);
	else if (!str_eq(amount.currency, currency))
		cli_fail(cli, EXIT_USAGE, NULL, "the payment is in %s, not %s", currency,
			 amount.currency);
	else
		json_object_set_new(body, flag, json_integer(amount.amount));
	return !cli_exit(cli);
}

bool payment_amount(struct cli *cli, json_t *body, const json_t *money)
{
	return payment_minor(cli, body, "amount", money);
}

static enum exit_code payment_events(struct cli *cli)
{
	char *path scoped(scoped_free) = api_path("/v1/payments/{}/events", cli_argument(cli, 0));
	json_t *answer scoped(scoped_json) =
		cli_call(cli, &(struct api_request){ .method = "GET", .path = path });

	if (answer)
		cli_emit_list(cli, json_object_get(answer, "data"));
	return cli_exit(cli);
}

/* The currency of --amount must be the payment's, so it is read first. */
static enum exit_code payment_capture(struct cli *cli)
{
	char *path scoped(scoped_free) = api_path(payment.item, cli_argument(cli, 0));
	json_t *body scoped(scoped_json) = resource_body(cli);
	json_t *found scoped(scoped_json) =
		cli_call(cli, &(struct api_request){ .method = "GET", .path = path });

	json_object_del(body, "amount");
	if (!found || !payment_amount(cli, body, json_object_get(found, "amount")))
		return cli_exit(cli);
	return payment_show(cli, payment_post(cli, "/v1/payments/{}/captures", body));
}

static enum exit_code payment_void(struct cli *cli)
{
	json_t *body scoped(scoped_json) = resource_body(cli);

	if (cli_confirm(cli, "release what is authorised and not captured of payment %s",
			cli_argument(cli, 0)))
		return cli_exit(cli);
	return payment_show(cli, payment_post(cli, "/v1/payments/{}/void", body));
}

const struct command payment_commands[] = {
	{ "list", "List payments", resource_list, NULL, list_flags, payment_columns, "id",
	  EXAMPLES("ecomctl payment list --status authorized",
		   "ecomctl payment list --order 1001 -o json"),
	  .resource = &payment, .pages = true },
	{ "get", "Show payments in a line each", resource_get, many_ids, NULL, payment_columns,
	  "id", EXAMPLES("ecomctl payment get 01a20515-3c33-78cf-bd50-71204c55409a"),
	  .resource = &payment },
	{ "describe", "Show all about a payment", resource_describe, one_id, NULL, payment_columns,
	  "id", EXAMPLES("ecomctl payment describe 01a20515-3c33-78cf-bd50-71204c55409a"),
	  .resource = &payment },
	{ "events", "Show what a provider told of a payment", payment_events, one_id, NULL,
	  event_columns, "id",
	  EXAMPLES("ecomctl payment events 01a20515-3c33-78cf-bd50-71204c55409a") },
	{ "capture", "Take what was authorised, or a part of it", payment_capture, one_id,
	  capture_flags, payment_columns, "id",
	  EXAMPLES("ecomctl payment capture 01a20515-3c33-78cf-bd50-71204c55409a --amount 10EUR"),
	  "Shipments capture by themselves; this is for what has none.", .resource = &payment,
	  .writes = true },
	{ "void", "Give back what is authorised and not captured", payment_void, one_id, void_flags,
	  payment_columns, "id",
	  EXAMPLES("ecomctl payment void 01a20515-3c33-78cf-bd50-71204c55409a --yes"),
	  "What was captured stays: ecomctl refund create pays it back.", .resource = &payment,
	  .writes = true, .destructive = true },
	{ "record", "Record money that came in by hand, or was sent back", payment_record,
	  payment_record_args, payment_record_flags, payment_columns, "id",
	  EXAMPLES("ecomctl payment record 1001 --amount 47.98EUR --reference 'statement 17/3'",
		   "ecomctl payment record 1001 --amount 10EUR --reference 18/1 --returned"),
	  "Of bank transfers, cash on delivery and invoices. An amount that is not what is open is "
	  "refused; --partial is for a part of it. Each entry of an account statement counts once, "
	  "by its reference.",
	  .resource = &payment, .writes = true },
	{ "write-off", "Give up what was shipped and is never paid", payment_write_off, one_id,
	  payment_write_off_flags, payment_columns, "id",
	  EXAMPLES("ecomctl payment write-off 01a20515-3c33-78cf-bd50-71204c55409a --reason "
		   "'insolvent' --yes"),
	  "Of payments by hand: cash on delivery and invoices. All that is open of what has left "
	  "the "
	  "house is written off; --amount refuses another one. Money that comes after all is "
	  "recorded as usual.",
	  .resource = &payment, .writes = true, .destructive = true },
	{ "reconcile", "Compare a provider's report with the events and the ledger",
	  payment_reconcile, reconcile_args, reconcile_flags, reconcile_columns, NULL,
	  EXAMPLES("ecomctl payment reconcile report.csv",
		   "ecomctl payment reconcile - -o json < report.ndjson"),
	  "CSV has the columns reference, kind, amount, currency and occurred_at, amounts as "
	  "19.99; "
	  "NDJSON has the same members, amounts in minor units. kind is captured, refunded, "
	  "disputed, "
	  "authorized, voided or expired, of payments by hand received, returned or refunded; "
	  "other rows are counted and left alone.\n\n"
	  "The exit code is 1 when there are differences." },
	{ 0 },
};
