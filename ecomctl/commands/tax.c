/* tax: list get set delete. */
#include <string.h>

#include "ecomctl/commands/commands.h"
#include "ecomctl/commands/resource.h"
#include "ecomctl/commands/upsert.h"
#include "ecomctl/commands/words.h"
#include "lib/base/json.h"

static const struct resource tax = {
	.collection = "/v1/tax-rates",
	.item = "/v1/tax-rates/{}",
	.key = "code",
	.singular = "tax",
	.plural = "tax rates",
};

/* DE is a country, US-CA a region of one. */
static json_t *identity_of(const char *code)
{
	const char *dash = strchr(code, '-');
	char *country scoped(scoped_free) = dash ? xstrndup(code, (size_t)(dash - code))
						 : xstrdup(code);

	return json_pack("{s:s, s:s}", "country", country, "region", dash ? dash + 1 : "");
}

static enum exit_code tax_set(struct cli *cli)
{
	json_t *body scoped(scoped_json) = resource_body(cli);
	json_t *identity scoped(scoped_json) = identity_of(cli_argument(cli, 0));
	int64_t ppm = 0;

	if (cli_has(cli, "rate")) {
		if (!percent_parse(cli_text(cli, "rate"), &ppm))
			return cli_fail(cli, EXIT_USAGE, "such as --rate 7.25%",
					"--rate %s: not a percentage", cli_text(cli, "rate"));
		json_object_set_new(body, "rate_ppm", json_integer((json_int_t)ppm));
	}
	if (json_object_size(body) == 0)
		return cli_fail(cli, EXIT_USAGE, "see --help", "nothing to set is given");
	return upsert_run(cli, body, identity);
}

static const struct column tax_columns[] = {
	{ "code", COLUMN_TEXT, 0 },
	{ "name", COLUMN_TEXT, 0 },
	{ "rate_ppm", COLUMN_NUMBER, 0, "PPM" },
	{ "inclusive", COLUMN_BOOL, 0 },
	{ "updated_at", COLUMN_TIME, 3, "UPDATED" },
	{ "country", COLUMN_TEXT, .detail = true },
	{ "region", COLUMN_TEXT, .detail = true },
	{ "version", COLUMN_NUMBER, .detail = true },
	{ 0 },
};

static const struct column deleted_columns[] = { { "code", COLUMN_TEXT, 0 },
						 { "status", COLUMN_STATUS, 0 },
						 { 0 } };

static const struct argument one_code[] = { { "CODE", "a country, DE, or a region, US-CA" },
					    { 0 } };
static const struct argument many_codes[] = {
	{ "CODE", "a country, DE, or a region, US-CA", .many = true }, { 0 }
};

static const struct flag set_flags[] = {
	{ "rate", 0, FLAG_TEXT, "PERCENT", "such as 19% or 7.25%" },
	{ "name", 'n', FLAG_TEXT, NULL, "what people read", .field = "name" },
	{ "inclusive", 0, FLAG_TRUTH, NULL, "whether prices contain it", .field = "inclusive" },
	RESOURCE_IF_VERSION,
	{ 0 },
};

static const struct flag delete_flags[] = { RESOURCE_IF_VERSION, { 0 } };

const struct command tax_commands[] = {
	{ "list", "List tax rates", resource_list, NULL, NULL, tax_columns, "code",
	  EXAMPLES("ecomctl tax list"), .resource = &tax, .pages = true },
	{ "get", "Show tax rates in a line each", resource_get, many_codes, NULL, tax_columns,
	  "code", EXAMPLES("ecomctl tax get DE"), .resource = &tax },
	{ "set", "Set the tax rate of a country or region", tax_set, one_code, set_flags,
	  tax_columns, "code",
	  EXAMPLES("ecomctl tax set DE --rate 19% --name 'MwSt 19 %' --inclusive yes",
		   "ecomctl tax set US-CA --rate 7.5%"),
	  "Orders keep the rate that they were placed with.", &tax, .writes = true },
	{ "delete", "Remove a tax rate", upsert_delete, one_code, delete_flags, deleted_columns,
	  "code", EXAMPLES("ecomctl tax delete US-CA"), .resource = &tax, .writes = true,
	  .destructive = true },
	{ 0 },
};
