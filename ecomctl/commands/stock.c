/* stock: list get set adjust transfer receive count threshold low why verify; location: list create. */
#include <stdlib.h>

#include "ecomctl/cli.h"
#include "ecomctl/commands/commands.h"
#include "ecomctl/commands/resource.h"
#include "lib/base/json.h"
#include "lib/base/str.h"

/* --- calls ------------------------------------------------------------------------------------ */

/* The refusals that the user can do something about at once. */
static void restate(struct cli *cli, const char *sku)
{
	char *hint scoped(scoped_free) = NULL;

	if (cli_exit(cli) == EXIT_NOT_FOUND) {
		cli_fail_restate(cli, "ecomctl product list", "product \"%s\" not found", sku);
	} else if (cli->failure.status == 412) {
		hint = xasprintf("ecomctl stock get %s shows it as it is now; then run this again",
				 sku);
		cli_fail_restate(cli, hint, "the stock of \"%s\" was changed by somebody else",
				 sku);
	} else if (str_eq(cli->failure.code ? cli->failure.code : "", "stock_untracked")) {
		hint = xasprintf("ecomctl stock receive %s N gives it a first number", sku);
		cli_fail_restate(cli, hint, "the stock of \"%s\" is not tracked", sku);
	}
}

static void emit_levels(struct cli *cli, const json_t *stock)
{
	const json_t *level;
	size_t i;

	json_array_foreach (json_object_get(stock, "levels"), i, level)
		output_record(cli_output(cli), level);
	if (!json_is_true(json_object_get(stock, "tracked")))
		cli_note(cli, "the stock of %s is not tracked: it is always available",
			 json_get_string(stock, "sku", ""));
}

static enum exit_code stock_get(struct cli *cli)
{
	output_begin(cli_output(cli), OUTPUT_LIST, cli_command(cli)->columns,
		     cli_command(cli)->identity);
	for (size_t i = 0; i < cli_argument_count(cli); i++) {
		const char *sku = cli_argument(cli, i);
		char *path scoped(scoped_free) = api_path("/v1/stock/{}", sku);
		json_t *stock scoped(scoped_json) =
			cli_call(cli, &(struct api_request){ .method = "GET", .path = path });

		if (!stock) {
			restate(cli, sku);
			break;
		}
		emit_levels(cli, stock);
	}
	output_end(cli_output(cli));
	return cli_exit(cli);
}

/* POST /v1/stock/{sku}/<verb> with the flags as the body. */
static enum exit_code change(struct cli *cli, json_t *body)
{
	const char *sku = cli_argument(cli, 0);
	char *pattern scoped(scoped_free) = xasprintf("/v1/stock/{}/%s", cli_command(cli)->verb);
	char *path scoped(scoped_free) = api_path(pattern, sku);
	json_t *stock scoped(scoped_json) = NULL;

	if (cli_exit(cli))
		return cli_exit(cli);
	stock = cli_call(cli,
			 &(struct api_request){ .method = "POST", .path = path, .body = body });
	if (!stock) {
		restate(cli, sku);
		return cli_exit(cli);
	}
	output_begin(cli_output(cli), OUTPUT_LIST, cli_command(cli)->columns,
		     cli_command(cli)->identity);
	emit_levels(cli, stock);
	output_end(cli_output(cli));
	return cli_exit(cli);
}

/* The second argument is a number of pieces, or none where that is a value. */
static enum exit_code change_to(struct cli *cli, const char *field, bool nullable)
{
	json_t *body scoped(scoped_json) = resource_body(cli);
	const char *text = cli_argument(cli, 1);
	int64_t number;

	if (nullable && str_eq(text, "none"))
		json_object_set_new(body, field, json_null());
	else if (str_to_int(text, 0, INT64_MAX, &number))
		json_object_set_new(body, field, json_integer(number));
	else
		return cli_fail(cli, EXIT_USAGE, NULL, "\"%s\" is no number of pieces%s", text,
				nullable ? ", nor none" : "");
	return change(cli, body);
}

static enum exit_code stock_change_to(struct cli *cli)
{
	return change_to(cli, "quantity", false);
}

static enum exit_code stock_threshold(struct cli *cli)
{
	return change_to(cli, "threshold", true);
}

static enum exit_code stock_adjust(struct cli *cli)
{
	json_t *body scoped(scoped_json) = resource_body(cli);

	if (!cli_has(cli, "by") || !cli_has(cli, "reason"))
		return cli_fail(cli, EXIT_USAGE, "ecomctl stock adjust SKU --by -1 --reason broken",
				"--by and --reason are needed");
	return change(cli, body);
}

static enum exit_code stock_transfer(struct cli *cli)
{
	if (!cli_has(cli, "from") || !cli_has(cli, "to"))
		return cli_fail(cli, EXIT_USAGE,
				"ecomctl stock transfer SKU 5 --from main --to outlet",
				"--from and --to are needed");
	return change_to(cli, "quantity", false);
}

static enum exit_code stock_verify(struct cli *cli)
{
	json_t *answer scoped(scoped_json) = cli_call(
		cli, &(struct api_request){ .method = "GET", .path = "/v1/stock-verification" });
	long long differences = (long long)json_get_int(answer, "differences", 0);

	if (!answer)
		return cli_exit(cli);
	cli_emit_list(cli, json_object_get(answer, "data"));
	if (differences)
		return cli_fail(cli, EXIT_FAILED, "ecomctl stock why SKU shows its movements",
				"%lld differences between levels and ledger", differences);
	cli_note(cli, "%lld levels, each equal to its ledger",
		 (long long)json_get_int(answer, "levels", 0));
	return EXIT_OK;
}

/* --- the tables ------------------------------------------------------------------------------- */

static const struct resource stock = {
	.collection = "/v1/stock",
	.key = "sku",
	.singular = "product",
	.plural = "products",
};
static const struct resource low_stock = {
	.collection = "/v1/stock?low=true",
	.key = "sku",
	.singular = "product",
	.plural = "products",
};
static const struct resource movement = {
	.collection = "/v1/stock-movements",
	.key = "sku",
	.singular = "movement",
	.plural = "movements",
};
static const struct resource location = {
	.collection = "/v1/locations",
	.item = "/v1/locations/{}",
	.key = "code",
	.singular = "location",
	.plural = "locations",
};

static const struct column level_columns[] = {
	{ "sku", COLUMN_TEXT, 0 },
	{ "location", COLUMN_TEXT, 0 },
	{ "available", COLUMN_NUMBER, 0 },
	{ "on_hand", COLUMN_NUMBER, 2, "ON HAND" },
	{ "allocated", COLUMN_NUMBER, 2 },
	{ "held", COLUMN_NUMBER, 3 },
	{ "low_threshold", COLUMN_NUMBER, 4, "LOW AT" },
	{ "name", COLUMN_TEXT, 5 },
	{ "version", COLUMN_NUMBER, 6 },
	{ 0 },
};

static const struct column movement_columns[] = {
	{ "created_at", COLUMN_TIME, 0, "WHEN" },
	{ "sku", COLUMN_TEXT, 3 },
	{ "location", COLUMN_TEXT, 2 },
	{ "kind", COLUMN_TEXT, 0 },
	{ "quantity", COLUMN_NUMBER, 0 },
	{ "on_hand", COLUMN_NUMBER, 0, "ON HAND" },
	{ "allocated", COLUMN_NUMBER, 0 },
	{ "cause_type", COLUMN_TEXT, 1, "CAUSE" },
	{ "reason", COLUMN_TEXT, 4 },
	{ "order", COLUMN_TEXT, 5 },
	{ "id", COLUMN_NUMBER, .detail = true },
	{ "cause_id", COLUMN_TEXT, .detail = true },
	{ "actor", COLUMN_TEXT, .detail = true },
	{ 0 },
};

static const struct column difference_columns[] = {
	{ "sku", COLUMN_TEXT, 0 },     { "location", COLUMN_TEXT, 0 }, { "field", COLUMN_TEXT, 0 },
	{ "level", COLUMN_NUMBER, 0 }, { "ledger", COLUMN_NUMBER, 0 }, { 0 },
};

static const struct column location_columns[] = {
	{ "code", COLUMN_TEXT, 0 },
	{ "name", COLUMN_TEXT, 0 },
	{ "position", COLUMN_NUMBER, 1 },
	{ "created_at", COLUMN_TIME, 2, "CREATED" },
	{ 0 },
};

static const struct argument many_skus[] = { { "SKU", "the product's number", .many = true },
					     { 0 } };
static const struct argument one_sku[] = { { "SKU", "the product's number" }, { 0 } };
static const struct argument maybe_sku[] = { { "SKU", "the product's number", .optional = true },
					     { 0 } };
static const struct argument sku_and_pieces[] = { { "SKU", "the product's number" },
						  { "PIECES", "how many" },
						  { 0 } };
static const struct argument sku_and_threshold[] = { { "SKU", "the product's number" },
						     { "PIECES", "how many, or none" },
						     { 0 } };
static const struct argument one_code[] = { { "CODE", "the location's code" }, { 0 } };

#define LOCATION_FLAG                                                           \
	{                                                                       \
		"location", 'l', FLAG_TEXT, "CODE", "where; main unless given", \
			.field = "location"                                     \
	}
#define REASON_FLAG                                                                      \
	{                                                                                \
		"reason", 'r', FLAG_TEXT, NULL, "why, for the ledger", .field = "reason" \
	}
#define IF_VERSION_FLAG                                                                       \
	{                                                                                     \
		"if-version", 0, FLAG_NUMBER, "N", "only if the level is still at version N", \
			.min = 1, .max = INT64_MAX, .field = "version"                        \
	}

static const struct flag list_flags[] = {
	{ "search", 's', FLAG_TEXT, "WORDS", "products with these words", .field = "q" },
	{ "sku", 0, FLAG_TEXT, NULL, "of this product", .field = "sku" },
	{ "location", 'l', FLAG_TEXT, "CODE", "at this location", .field = "location" },
	{ "low", 0, FLAG_TRUTH, NULL, "at or below the threshold, or not", .field = "low" },
	{ 0 },
};
static const struct flag low_flags[] = {
	{ "search", 's', FLAG_TEXT, "WORDS", "products with these words", .field = "q" },
	{ "location", 'l', FLAG_TEXT, "CODE", "at this location", .field = "location" },
	{ 0 },
};

static const char *const causes[] = { "order", "shipment", "release", "return", "import",
				      "count", "transfer", "user",    NULL };

static const struct flag why_flags[] = {
	{ "location", 'l', FLAG_TEXT, "CODE", "at this location", .field = "location" },
	{ "order", 0, FLAG_TEXT, "ID", "caused by this order", .field = "order" },
	{ "cause", 0, FLAG_CHOICE, NULL, "with this cause", .choices = causes, .field = "cause" },
	{ 0 },
};
static const struct flag set_flags[] = { LOCATION_FLAG, REASON_FLAG, IF_VERSION_FLAG, { 0 } };
static const struct flag adjust_flags[] = {
	{ "by", 'b', FLAG_NUMBER, "N", "how many more; less when negative", .min = -1000000000000,
	  .max = 1000000000000, .field = "quantity" },
	REASON_FLAG,
	LOCATION_FLAG,
	IF_VERSION_FLAG,
	{ 0 },
};
static const struct flag receive_flags[] = {
	{ "reference", 0, FLAG_TEXT, NULL, "delivery note, purchase order, ...",
	  .field = "reference" },
	LOCATION_FLAG,
	REASON_FLAG,
	IF_VERSION_FLAG,
	{ 0 },
};
static const struct flag transfer_flags[] = {
	{ "from", 0, FLAG_TEXT, "CODE", "the location that gives", .field = "from" },
	{ "to", 0, FLAG_TEXT, "CODE", "the location that gets", .field = "to" },
	REASON_FLAG,
	IF_VERSION_FLAG,
	{ 0 },
};
static const struct flag threshold_flags[] = { LOCATION_FLAG, IF_VERSION_FLAG, { 0 } };
static const struct flag location_flags[] = {
	{ "name", 'n', FLAG_TEXT, NULL, "what people read", .field = "name" },
	{ "position", 0, FLAG_NUMBER, "N", "orders take from the lowest one first", .min = 0,
	  .max = 1000000, .field = "position" },
	{ 0 },
};

const struct command stock_commands[] = {
	{ "list", "List stock by product and location", resource_list, NULL, list_flags,
	  level_columns, "sku",
	  EXAMPLES("ecomctl stock list --location main", "ecomctl stock list --search mug -o csv"),
	  "Available is what is on hand less what orders have allocated and carts hold. Products "
	  "whose stock is not tracked are not listed.",
	  &stock, .pages = true },
	{ "get", "Show the stock of products at all locations", stock_get, many_skus, NULL,
	  level_columns, "sku", EXAMPLES("ecomctl stock get MUG-1") },
	{ "set", "Set what is on hand", stock_change_to, sku_and_pieces, set_flags, level_columns,
	  "sku",
	  EXAMPLES("ecomctl stock set MUG-1 40", "ecomctl stock set MUG-1 12 --if-version 7"),
	  "Not below what is allocated and held (exit code 6): that is what count is for.",
	  .writes = true },
	{ "adjust", "Add or take away, with a reason", stock_adjust, one_sku, adjust_flags,
	  level_columns, "sku",
	  EXAMPLES("ecomctl stock adjust MUG-1 --by -2 --reason broken",
		   "ecomctl stock adjust MUG-1 --by 1 --reason found --location outlet"),
	  .writes = true },
	{ "transfer", "Move stock to another location", stock_transfer, sku_and_pieces,
	  transfer_flags, level_columns, "sku",
	  EXAMPLES("ecomctl stock transfer MUG-1 5 --from main --to outlet"), .writes = true },
	{ "receive", "Take in a delivery", stock_change_to, sku_and_pieces, receive_flags,
	  level_columns, "sku", EXAMPLES("ecomctl stock receive MUG-1 100 --reference PO-17"),
	  .writes = true },
	{ "count", "Say what was counted", stock_change_to, sku_and_pieces, set_flags,
	  level_columns, "sku", EXAMPLES("ecomctl stock count MUG-1 38 --reason 'yearly count'"),
	  "What was counted is what there is, even when orders have more: then the newest of them "
	  "are marked short.",
	  .writes = true },
	{ "threshold", "Set from which number on stock is low", stock_threshold, sku_and_threshold,
	  threshold_flags, level_columns, "sku",
	  EXAMPLES("ecomctl stock threshold MUG-1 10", "ecomctl stock threshold MUG-1 none"),
	  .writes = true },
	{ "low", "List what is at or below its threshold", resource_list, NULL, low_flags,
	  level_columns, "sku", EXAMPLES("ecomctl stock low", "ecomctl stock low -q"),
	  .resource = &low_stock, .pages = true },
	{ "why", "Show what changed stock, newest first", resource_list, maybe_sku, why_flags,
	  movement_columns, "id",
	  EXAMPLES("ecomctl stock why MUG-1", "ecomctl stock why MUG-1 --cause count -o json"),
	  "Each movement shows what was on hand and allocated after it.", &movement,
	  .pages = true },
	{ "verify", "Compare all levels with the ledger", stock_verify, NULL, NULL,
	  difference_columns, "sku", EXAMPLES("ecomctl stock verify"),
	  "Every level has to equal the sum of its movements, of what open orders have, and of "
	  "what "
	  "carts hold. Differences are listed, and the exit code is 1." },
	{ 0 },
};

const struct command location_commands[] = {
	{ "list", "List locations", resource_list, NULL, NULL, location_columns, "code",
	  EXAMPLES("ecomctl location list"), .resource = &location, .pages = true },
	{ "create", "Create a location", resource_create, one_code, location_flags,
	  location_columns, "code",
	  EXAMPLES("ecomctl location create outlet --name 'Factory outlet' --position 2"),
	  .resource = &location, .writes = true },
	{ 0 },
};
