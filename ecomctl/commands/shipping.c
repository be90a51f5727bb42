/* shipping: list get set delete. */
#include <string.h>

#include "ecomctl/commands/commands.h"
#include "ecomctl/commands/resource.h"
#include "ecomctl/commands/upsert.h"
#include "ecomctl/commands/words.h"
#include "lib/base/json.h"
#include "lib/base/money.h"

static const struct resource shipping = {
	.collection = "/v1/shipping-methods",
	.item = "/v1/shipping-methods/{}",
	.key = "code",
	.singular = "shipping",
	.plural = "shipping methods",
};

static json_t *free_above_of(struct cli *cli, const char *text)
{
	struct money money;

	if (strcmp(text, "none") == 0)
		return json_null();
	if (money_parse(text, NULL, &money))
		return json_integer((json_int_t)money.amount);
	cli_fail(cli, EXIT_USAGE, "such as --free-above 100EUR", "--free-above %s: not an amount",
		 text);
	return NULL;
}

static enum exit_code shipping_set(struct cli *cli)
{
	json_t *body scoped(scoped_json) = resource_body(cli);
	json_t *identity scoped(scoped_json) = json_pack("{s:s}", "code", cli_argument(cli, 0));

	if (cli_has(cli, "countries"))
		json_object_set_new(body, "countries", words_parse(cli_text(cli, "countries")));
	if (cli_has(cli, "free-above"))
		json_object_set_new(body, "free_above",
				    free_above_of(cli, cli_text(cli, "free-above")));
	if (!cli_exit(cli) && json_object_size(body) == 0)
		return cli_fail(cli, EXIT_USAGE, "see --help", "nothing to set is given");
	return upsert_run(cli, body, identity);
}

static const struct column shipping_columns[] = {
	{ "code", COLUMN_TEXT, 0 },
	{ "name", COLUMN_TEXT, 0 },
	{ "price", COLUMN_MONEY, 0 },
	{ "countries", COLUMN_OBJECT, 2 },
	{ "free_above", COLUMN_NUMBER, 2 },
	{ "active", COLUMN_BOOL, 1 },
	{ "updated_at", COLUMN_TIME, 3, "UPDATED" },
	{ "version", COLUMN_NUMBER, .detail = true },
	{ 0 },
};

static const struct column deleted_columns[] = { { "code", COLUMN_TEXT, 0 },
						 { "status", COLUMN_STATUS, 0 },
						 { 0 } };

static const struct argument one_code[] = { { "CODE", "the method's code" }, { 0 } };
static const struct argument many_codes[] = { { "CODE", "the method's code", .many = true },
					      { 0 } };

static const struct flag set_flags[] = {
	{ "name", 'n', FLAG_TEXT, NULL, "what people read", .field = "name" },
	{ "price", 'p', FLAG_MONEY, NULL, "what it costs, such as 4.90EUR", .field = "price" },
	{ "countries", 0, FLAG_TEXT, "CODES", "where it goes, such as DE,AT; none: everywhere" },
	{ "free-above", 0, FLAG_TEXT, "AMOUNT", "free from this subtotal on, 100EUR; none: never" },
	{ "active", 0, FLAG_TRUTH, NULL, "whether it can be chosen", .field = "active" },
	RESOURCE_IF_VERSION,
	{ 0 },
};

static const struct flag delete_flags[] = { RESOURCE_IF_VERSION, { 0 } };

const struct command shipping_commands[] = {
	{ "list", "List shipping methods", resource_list, NULL, NULL, shipping_columns, "code",
	  EXAMPLES("ecomctl shipping list"), .resource = &shipping, .pages = true },
	{ "get", "Show shipping methods in a line each", resource_get, many_codes, NULL,
	  shipping_columns, "code", EXAMPLES("ecomctl shipping get standard"),
	  .resource = &shipping },
	{ "set", "Add or change a shipping method", shipping_set, one_code, set_flags,
	  shipping_columns, "code",
	  EXAMPLES("ecomctl shipping set pickup --name Pick-up --price 0EUR --countries DE",
		   "ecomctl shipping set standard --free-above 50EUR"),
	  .resource = &shipping, .writes = true },
	{ "delete", "Remove a shipping method", upsert_delete, one_code, delete_flags,
	  deleted_columns, "code", EXAMPLES("ecomctl shipping delete pickup"),
	  .resource = &shipping, .writes = true, .destructive = true },
	{ 0 },
};
