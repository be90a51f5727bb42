/* draft: create list get describe update delete place. */
#include "ecomctl/commands/draft.h"

#include <stdio.h>
#include <stdlib.h>

#include "ecomctl/commands/commands.h"
#include "ecomctl/commands/resource.h"
#include "ecomctl/commands/upsert.h"
#include "lib/base/json.h"
#include "lib/base/money.h"
#include "lib/base/str.h"

#define WAIT_MOST_MS   30000
#define WAIT_MARGIN_MS 10000 /* for the way there and back */

static const struct resource draft = {
	.collection = "/v1/order-drafts",
	.item = "/v1/order-drafts/{}",
	.key = "number",
	.singular = "draft",
	.plural = "drafts",
};

static const char example[] =
	"# A draft order. Several: one document after the other, separated by ---\n"
	"email: ann@example.org\n"
	"name: Ann Smith\n"
	"locale: de\n"
	"lines:\n"
	"  - sku: MUG-BLUE\n"
	"    quantity: 2            # at the catalogue's price\n"
	"  - sku: POSTER\n"
	"    quantity: 1\n"
	"    price: 19.99EUR        # a price of its own\n"
	"    discount: 5.00EUR      # off the whole line\n"
	"shipping_method: standard\n"
	"# shipping: 0.00EUR        # instead of the method's price\n"
	"shipping_address:\n"
	"  name: Ann Smith\n"
	"  line1: Main Street 1\n"
	"  postal_code: \"10115\"\n"
	"  city: Berlin\n"
	"  country: DE\n"
	"payment_method: bank_transfer   # or cash_on_delivery, invoice, or payment_token\n"
	"note: ordered by telephone\n";

static const struct column draft_columns[] = {
	{ "number", COLUMN_TEXT, 0 },
	{ "status", COLUMN_STATUS, 0 },
	{ "email", COLUMN_TEXT, 1 },
	{ "total", COLUMN_MONEY, 0 },
	{ "payment_method", COLUMN_TEXT, 2, "PAYMENT" },
	{ "order_number", COLUMN_TEXT, 2, "ORDER" },
	{ "created_at", COLUMN_TIME, 3, "CREATED" },
	{ "id", COLUMN_TEXT, .detail = true },
	{ "order", COLUMN_TEXT, .detail = true },
	{ "name", COLUMN_TEXT, .detail = true },
	{ "owner", COLUMN_TEXT, .detail = true },
	{ "locale", COLUMN_TEXT, .detail = true },
	{ "lines", COLUMN_OBJECT, .detail = true },
	{ "subtotal", COLUMN_MONEY, .detail = true },
	{ "discount", COLUMN_MONEY, .detail = true },
	{ "shipping_method", COLUMN_TEXT, .detail = true },
	{ "shipping", COLUMN_MONEY, .detail = true },
	{ "tax", COLUMN_MONEY, .detail = true },
	{ "tax_name", COLUMN_TEXT, .detail = true },
	{ "problem", COLUMN_TEXT, .detail = true },
	{ "shipping_address", COLUMN_OBJECT, .detail = true },
	{ "billing_address", COLUMN_OBJECT, .detail = true },
	{ "note", COLUMN_TEXT, .detail = true },
	{ "created_by", COLUMN_TEXT, .detail = true },
	{ "version", COLUMN_NUMBER, .detail = true },
	{ "updated_at", COLUMN_TIME, .detail = true },
	{ 0 },
};

static const struct column placed_columns[] = {
	{ "number", COLUMN_TEXT, 0 },
	{ "status", COLUMN_STATUS, 0 },
	{ "payment", COLUMN_STATUS, 2 },
	{ "total", COLUMN_MONEY, 1 },
	{ "reason", COLUMN_TEXT, 3 },
	{ "id", COLUMN_TEXT, 4 },
	{ "next_action", COLUMN_OBJECT, .detail = true },
	{ "deadline", COLUMN_TIME, .detail = true },
	{ "lines", COLUMN_OBJECT, .detail = true },
	{ "version", COLUMN_NUMBER, .detail = true },
	{ 0 },
};

static const struct column deleted_columns[] = { { "code", COLUMN_TEXT, 0, "DRAFT" },
						 { "status", COLUMN_STATUS, 0 },
						 { 0 } };

static const char *const statuses[] = { "open", "placed", NULL };

static const struct argument one_draft[] = { { "DRAFT", "the draft's number or id" }, { 0 } };
static const struct argument many_drafts[] = {
	{ "DRAFT", "the draft's number or id", .many = true }, { 0 }
};

#define FROM_FILE                                                                 \
	{                                                                         \
		"file", 'f', FLAG_FILE, NULL,                                     \
			"YAML, JSON or NDJSON; standard input if not given, or -" \
	}

static const struct flag create_flags[] = {
	FROM_FILE,
	{ "example", 0, FLAG_SWITCH, NULL, "write a draft to start from, and do nothing" },
	{ 0 },
};

static const struct flag update_flags[] = { FROM_FILE, RESOURCE_IF_VERSION, { 0 } };
static const struct flag delete_flags[] = { RESOURCE_IF_VERSION, { 0 } };

static const struct flag list_flags[] = {
	{ "status", 0, FLAG_CHOICE, NULL, "in this status", .choices = statuses,
	  .field = "status" },
	{ "email", 0, FLAG_TEXT, "ADDRESS", "of this customer", .field = "email" },
	{ 0 },
};

static const struct flag place_flags[] = {
	{ "payment", 0, FLAG_TEXT, "HOW",
	  "bank_transfer, cash_on_delivery or a token; the draft's own if not given" },
	{ "total", 0, FLAG_MONEY, NULL, "only if it costs so much" },
	{ "wait", 0, FLAG_SWITCH, NULL, "wait for the outcome" },
	{ "timeout", 0, FLAG_DURATION, NULL, "with --wait: so long at most; 30s if not given",
	  .min = 1000, .max = WAIT_MOST_MS },
	{ "key", 0, FLAG_TEXT, NULL, "the order is placed once per key" },
	{ 0 },
};

static const char *source(const struct cli *cli)
{
	return cli_has(cli, "file") ? cli_text(cli, "file") : "-";
}

/* Where the draft begins that the server refused. */
static void tell_where(struct cli *cli, const json_t *read)
{
	cli_fail_at(cli, "%s:%lld", str_eq(source(cli), "-") ? "stdin" : source(cli),
		    (long long)json_get_int(read, "line", 0));
}

/* In order; it ends with the first that is refused, and says which that is. */
static enum exit_code draft_create(struct cli *cli)
{
	json_t *drafts scoped(scoped_json) = NULL;
	const json_t *read;
	size_t i;

	if (cli_has(cli, "example")) {
		output_raw(cli_output(cli), example, sizeof(example) - 1);
		return cli_exit(cli);
	}
	drafts = drafts_read(cli, source(cli));
	if (!drafts)
		return cli_exit(cli);
	output_begin(cli_output(cli), json_array_size(drafts) > 1 ? OUTPUT_LIST : OUTPUT_ONE,
		     cli_command(cli)->columns, cli_command(cli)->identity);
	json_array_foreach (drafts, i, read) {
		json_t *made scoped(scoped_json) = cli_call(
			cli, &(struct api_request){ .method = "POST",
						    .path = draft.collection,
						    .body = json_object_get(read, "body") });

		if (!made) {
			tell_where(cli, read);
			break;
		}
		output_record(cli_output(cli), made);
	}
	output_end(cli_output(cli));
	return cli_exit(cli);
}

static enum exit_code draft_update(struct cli *cli)
{
	char *path scoped(scoped_free) = api_path(draft.item, cli_argument(cli, 0));
	json_t *drafts scoped(scoped_json) = drafts_read(cli, source(cli));
	const json_t *read = json_array_get(drafts, 0);
	json_t *changed scoped(scoped_json) = NULL;
	int64_t version;

	if (!drafts)
		return cli_exit(cli);
	if (json_array_size(drafts) > 1)
		return cli_fail(cli, EXIT_INVALID, NULL, "one document is needed, not several");
	version = resource_version(cli, cli_argument(cli, 0));
	if (!version)
		return cli_exit(cli);
	changed = cli_call(cli, &(struct api_request){ .method = "PATCH",
						       .path = path,
						       .body = json_object_get(read, "body"),
						       .if_match = version });
	if (changed)
		cli_emit(cli, OUTPUT_ONE, changed);
	else
		tell_where(cli, read);
	return cli_exit(cli);
}

/* --- place ------------------------------------------------------------------------------------ */

/* The total as it is shown now, or --total: the server refuses another one. New reference. */
static json_t *total_of(struct cli *cli, const json_t *found)
{
	json_t *total = json_object_get(found, "total");
	struct money money;

	if (!json_is_object(total)) {
		cli_fail(cli, EXIT_CONFLICT, "ecomctl draft update changes it",
			 "the draft has no total: %s", json_get_string(found, "problem", "?"));
		return NULL;
	}
	if (!cli_has(cli, "total"))
		return json_incref(total);
	if (money_parse(cli_text(cli, "total"), json_get_string(total, "currency", NULL), &money))
		return json_pack("{s:I, s:s}", "amount", (json_int_t)money.amount, "currency",
				 money.currency);
	cli_fail(cli, EXIT_USAGE, NULL, "--total is no amount of money");
	return NULL;
}

static void set_payment(struct cli *cli, json_t *body)
{
	static const char *const methods[] = { "bank_transfer", "cash_on_delivery", "invoice" };
	const char *how = cli_text(cli, "payment"), *member = "payment_token";

	for (size_t i = 0; how && i < array_size(methods); i++) {
		if (str_eq(methods[i], how))
			member = "payment_method";
	}
	if (how)
		json_object_set_new(body, member, json_string(how));
}

static json_t *place(struct cli *cli, const json_t *body)
{
	char *path scoped(scoped_free) = api_path("/v1/order-drafts/{}/place",
						  cli_argument(cli, 0));
	int64_t wait_ms = cli_has(cli, "wait") ? cli_number(cli, "timeout", WAIT_MOST_MS) : 0;
	char prefer[32];
	const char *const headers[] = { wait_ms ? prefer : NULL, NULL };

	snprintf(prefer, sizeof(prefer), "Prefer: wait=%lld", (long long)wait_ms / 1000);
	return cli_call(cli, &(struct api_request){
				     .method = "POST",
				     .path = path,
				     .body = body,
				     .key = cli_text(cli, "key"),
				     .headers = headers,
				     .timeout_ms = wait_ms ? wait_ms + WAIT_MARGIN_MS : 0,
			     });
}

static enum exit_code draft_place(struct cli *cli)
{
	char *path scoped(scoped_free) = api_path(draft.item, cli_argument(cli, 0));
	json_t *found scoped(scoped_json) =
		cli_call(cli, &(struct api_request){ .method = "GET", .path = path });
	json_t *total scoped(scoped_json) = found ? total_of(cli, found) : NULL;
	json_t *body scoped(scoped_json) = NULL, *placed scoped(scoped_json) = NULL;

	if (!total)
		return cli_exit(cli);
	body = json_pack("{s:O}", "total", total);
	set_payment(cli, body);
	placed = place(cli, body);
	if (!placed)
		return cli_exit(cli);
	cli_emit(cli, OUTPUT_ONE, placed);
	if (cli_has(cli, "wait") && str_eq(json_get_string(placed, "status", ""), "pending"))
		return cli_fail(cli, EXIT_PENDING, "ecomctl order get shows it",
				"order %s is not decided yet",
				json_get_string(placed, "number", "?"));
	return cli_exit(cli);
}

const struct command draft_commands[] = {
	{ "create", "Write draft orders", draft_create, NULL, create_flags, draft_columns, "number",
	  EXAMPLES("ecomctl draft create --example > draft.yaml",
		   "ecomctl draft create -f draft.yaml",
		   "jq -c '.[]' orders.json | ecomctl draft create"),
	  "A line without a price has the catalogue's. Several drafts are made in order; the first "
	  "that is refused ends it, and the error names its line.",
	  .resource = &draft, .writes = true },
	{ "list", "List draft orders, newest first", resource_list, NULL, list_flags, draft_columns,
	  "number", EXAMPLES("ecomctl draft list --status open"), .resource = &draft,
	  .pages = true },
	{ "get", "Show draft orders in a line each", resource_get, many_drafts, NULL, draft_columns,
	  "number", EXAMPLES("ecomctl draft get D1001"), .resource = &draft },
	{ "describe", "Show all of a draft order", resource_describe, one_draft, NULL,
	  draft_columns, "number", EXAMPLES("ecomctl draft describe D1001"), .resource = &draft },
	{ "update", "Change a draft order", draft_update, one_draft, update_flags, draft_columns,
	  "number", EXAMPLES("echo 'note: call first' | ecomctl draft update D1001"),
	  "Members that are given replace those of the draft, its lines as a whole; null removes "
	  "one.",
	  .resource = &draft, .writes = true },
	{ "delete", "Throw a draft order away", upsert_delete, one_draft, delete_flags,
	  deleted_columns, "code", EXAMPLES("ecomctl draft delete D1001"), .resource = &draft,
	  .writes = true, .destructive = true },
	{ "place", "Make the order of a draft", draft_place, one_draft, place_flags, placed_columns,
	  "number",
	  EXAMPLES("ecomctl draft place D1001 --payment bank_transfer",
		   "ecomctl draft place D1001 --total 34.90EUR --wait"),
	  "A draft becomes one order. It is placed for the total that it has now.",
	  .resource = &draft, .writes = true },
	{ 0 },
};
