/* ledger: list verify. */
#include "ecomctl/commands/commands.h"
#include "ecomctl/commands/resource.h"
#include "lib/base/json.h"

static const struct resource transfer = {
	.collection = "/v1/ledger-transfers",
	.item = "/v1/ledger-transfers/{}",
	.key = "id",
	.singular = "transfer",
	.plural = "transfers",
};

static const struct column transfer_columns[] = {
	{ "id", COLUMN_NUMBER, 0 },
	{ "debit", COLUMN_TEXT, 0 },
	{ "credit", COLUMN_TEXT, 0 },
	{ "amount", COLUMN_MONEY, 0 },
	{ "number", COLUMN_TEXT, 1, "ORDER" },
	{ "created_at", COLUMN_TIME, 2, "CREATED" },
	{ "payment", COLUMN_TEXT, .detail = true },
	{ "order", COLUMN_TEXT, .detail = true },
	{ "cause", COLUMN_TEXT, .detail = true },
	{ 0 },
};

static const struct column difference_columns[] = {
	{ "payment", COLUMN_TEXT, 0 },  { "what", COLUMN_TEXT, 0 },
	{ "stated", COLUMN_NUMBER, 0 }, { "events", COLUMN_NUMBER, 0 },
	{ "ledger", COLUMN_NUMBER, 0 }, { 0 },
};

static const struct flag list_flags[] = {
	{ "order", 0, FLAG_TEXT, "ORDER", "of this order: its number or id", .field = "order" },
	{ "payment", 0, FLAG_TEXT, "ID", "of this payment", .field = "payment" },
	{ "account", 0, FLAG_TEXT, NULL, "from or to this account", .field = "account" },
	{ 0 },
};

static enum exit_code ledger_verify(struct cli *cli)
{
	json_t *answer scoped(scoped_json) = cli_call(
		cli, &(struct api_request){ .method = "GET", .path = "/v1/ledger-verification" });

	if (!answer)
		return cli_exit(cli);
	cli_emit_list(cli, json_object_get(answer, "differences"));
	cli_note(cli, "%lld payments, %lld transfers",
		 (long long)json_get_int(answer, "payments", 0),
		 (long long)json_get_int(answer, "transfers", 0));
	if (!json_get_bool(answer, "balanced", false))
		return cli_fail(cli, EXIT_FAILED, "ecomctl payment describe ID",
				"the ledger does not agree with the payments");
	return EXIT_OK;
}

const struct command ledger_commands[] = {
	{ "list", "List transfers, the latest first", resource_list, NULL, list_flags,
	  transfer_columns, "id",
	  EXAMPLES("ecomctl ledger list --order 1001", "ecomctl ledger list --account refunds"),
	  "Accounts: holds, receivable, clearing, sales, refunds, fees, disputes.", &transfer,
	  .pages = true },
	{ "verify", "Compare the ledger with what providers told", ledger_verify, NULL, NULL,
	  difference_columns, "payment", EXAMPLES("ecomctl ledger verify"),
	  "Shows what differs, amounts in minor units; the exit code is 1 then." },
	{ 0 },
};
