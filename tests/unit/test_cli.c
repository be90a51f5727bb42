/* ecomctl: the command tree, the parser, the formats, rows of an import. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "ecomctl/cli.h"
#include "ecomctl/commands/import.h"
#include "ecomctl/help.h"
#include "ecomctl/output/format.h"
#include "lib/base/arena.h"
#include "lib/base/file.h"
#include "lib/base/json.h"
#include "lib/base/str.h"

/* --- the tree -------------------------------------------------------------------------------- */

typedef void command_visitor(const struct noun *noun, const struct command *command);

static void for_commands(command_visitor *visit)
{
	for (const struct noun *noun = command_tree; noun->commands; noun++) {
		for (const struct command *command = noun->commands; command->verb; command++)
			visit(noun, command);
	}
}

/* api has its columns from the answer. */
static void check_row(const struct noun *noun, const struct command *command)
{
	char *path scoped(scoped_free) = command_path(noun, command);
	char *words scoped(scoped_free) = xasprintf("%s %s", noun->name ? noun->name : "",
						    command->verb);
	bool named = false;

	if (!command->run || !command->brief || !command->examples || !command->examples[0])
		fail_msg("%s: a row needs run, brief and an example", path);
	if (!command->columns && !str_eq(command->verb, "api"))
		fail_msg("%s has no columns: not every format works", path);
	for (const struct column *column = command->columns; column && column->name; column++)
		named |= command->identity && str_eq(column->name, command->identity);
	if (command->identity && !named)
		fail_msg("%s: the identity %s is no column", path, command->identity);
	for (const struct flag *flag = command->flags; flag && flag->name; flag++) {
		if (flag_find(global_flags, flag->name, 0) ||
		    (flag->letter && flag_find(global_flags, NULL, flag->letter)))
			fail_msg("%s: --%s is a global flag already", path, flag->name);
		if (!flag->help || (flag->type == FLAG_CHOICE && !flag->choices))
			fail_msg("%s: --%s lacks help or choices", path, flag->name);
	}
}

/* A flag before its command is read before the command is known: its kind must not depend on it. */
static void check_flags_agree(const struct noun *noun, const struct command *command)
{
	for (const struct flag *flag = command->flags; flag && flag->name; flag++) {
		for (const struct noun *other = command_tree; other->commands; other++) {
			for (const struct command *row = other->commands; row->verb; row++) {
				const struct flag *same = flag_find(row->flags, flag->name, 0);

				if (same && flag_takes_value(same) != flag_takes_value(flag))
					fail_msg("--%s takes a value in one command only (%s %s)",
						 flag->name, noun->name, command->verb);
			}
		}
	}
}

static void test_tree(void **state)
{
	(void)state;
	for_commands(check_row);
	for_commands(check_flags_agree);
	for (const struct noun *noun = command_tree; noun->commands; noun++) {
		const struct noun *unused;

		for (size_t i = 0; noun->aliases && noun->aliases[i]; i++) {
			assert_ptr_equal(noun_find(noun->aliases[i]), noun);
			assert_null(command_find_alone(noun->aliases[i], &unused));
		}
		if (noun->name)
			assert_null(command_find_alone(noun->name, &unused));
	}
}

/* --- the parser ------------------------------------------------------------------------------ */

static void parse(struct cli *cli, const char *line)
{
	static char copy[512];
	static char *argv[32];
	char *rest = copy;
	int argc = 0;

	snprintf(copy, sizeof(copy), "ecomctl %s", line);
	while (rest)
		argv[argc++] = strsep(&rest, " ");
	*cli = (struct cli){ 0 };
	cli_parse(cli, argc, argv);
}

static void test_parser_finds(void **state)
{
	static const struct {
		const char *line, *noun, *verb;
		size_t nargs;
	} samples[] = {
		{ "product list", "product", "list", 0 },
		{ "prod list", "product", "list", 0 },
		{ "list products", "product", "list", 0 },
		{ "get product A B", "product", "get", 2 },
		{ "-o json product get A", "product", "get", 1 },
		{ "product -ojson get A", "product", "get", 1 },
		{ "product get A --output=json", "product", "get", 1 },
		{ "--status draft product list", "product", "list", 0 },
		{ "product get -- -A", "product", "get", 1 },
		{ "product import -", "product", "import", 1 },
		{ "product update A --stock -5", "product", "update", 1 },
		{ "api GET /v1/products -F limit=5 -fa=b -i", NULL, "api", 2 },
		{ "-qy product archive A B", "product", "archive", 2 },
		{ "context set prod --protected yes", "context", "set", 1 },
		{ "version", NULL, "version", 0 },
	};

	(void)state;
	for (size_t i = 0; i < array_size(samples); i++) {
		struct cli cli;

		parse(&cli, samples[i].line);
		if (cli.failure.exit && !strstr(samples[i].line, "-5"))
			fail_msg("%s: %s", samples[i].line, cli.failure.what);
		assert_non_null(cli.command);
		assert_string_equal(cli.command->verb, samples[i].verb);
		if (samples[i].noun)
			assert_string_equal(cli.noun->name, samples[i].noun);
		assert_int_equal(cli.nargs, samples[i].nargs);
		cli_free(&cli);
	}
}

static void test_parser_values(void **state)
{
	struct cli cli;

	(void)state;
	parse(&cli, "product update A -p 19.99EUR -a k=v -a l= --stock none --if-version 3 -o csv");
	assert_int_equal(cli.failure.exit, EXIT_OK);
	assert_string_equal(cli_text(&cli, "price"), "19.99EUR");
	assert_string_equal(cli_value(&cli, "attr", 1), "l=");
	assert_null(cli_value(&cli, "attr", 2));
	assert_int_equal(cli_number(&cli, "if-version", 0), 3);
	assert_string_equal(cli_text(&cli, "output"), "csv");
	assert_false(cli_has(&cli, "name"));
	cli_free(&cli);
	parse(&cli, "product list --request-timeout 5s --limit 0");
	assert_int_equal(cli_number(&cli, "request-timeout", 0), 5000);
	assert_int_equal(cli_number(&cli, "limit", 7), 0);
	cli_free(&cli);
}

static void test_parser_environment(void **state)
{
	struct cli cli;

	(void)state;
	setenv("ECOMCTL_OUTPUT", "json", 1);
	setenv("ECOMCTL_YES", "1", 1);
	parse(&cli, "product list");
	assert_string_equal(cli_text(&cli, "output"), "json");
	assert_false(cli_has(&cli, "yes"));
	cli_free(&cli);
	parse(&cli, "product list -o csv");
	assert_string_equal(cli_text(&cli, "output"), "csv");
	cli_free(&cli);
	unsetenv("ECOMCTL_OUTPUT");
	unsetenv("ECOMCTL_YES");
}

static void test_parser_refuses(void **state)
{
	static const struct {
		const char *line, *what, *hint;
	} samples[] = {
		{ "prodct list", "no command \"prodct\"", "did you mean ecomctl product?" },
		{ "product lsit", "no command \"lsit\"", "did you mean ecomctl product list?" },
		{ "product delete A", "no command \"delete\"", "product archive?" },
		{ "product", "needs a command", "ecomctl help product" },
		{ "get", "get what?", "help" },
		{ "product list --stats draft", "no flag --stats", "did you mean --status?" },
		{ "product list -z", "no flag -z", "--help" },
		{ "product list --status actve", "cannot be \"actve\"", "did you mean active?" },
		{ "product list -o jsn", "cannot be \"jsn\"", "did you mean json?" },
		{ "product get", "needs SKU", "ecomctl product get SKU..." },
		{ "product describe A B", "no use for \"B\"", "describe SKU" },
		{ "product update A --price 1.999EUR", "--price cannot be", "19.99EUR" },
		{ "product update A --stock 1.5", "--stock cannot be", "from 0" },
		{ "product update A --attr x", "--attr cannot be", "KEY=VALUE" },
		{ "product update A --name", "--name needs a value", NULL },
		{ "product list --quiet=1", "takes no value", NULL },
		{ "product list --status draft --status active", "given twice", NULL },
		{ "--if-version 3 product list", "no flag --if-version", "--help" },
		{ "context set x --protected maybe", "cannot be \"maybe\"", "yes or no" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(samples); i++) {
		struct cli cli;

		parse(&cli, samples[i].line);
		assert_int_equal(cli.failure.exit, EXIT_USAGE);
		if (!strstr(cli.failure.what, samples[i].what))
			fail_msg("%s: %s", samples[i].line, cli.failure.what);
		if (samples[i].hint && !strstr(cli.failure.hint, samples[i].hint))
			fail_msg("%s: hint %s", samples[i].line, cli.failure.hint);
		cli_free(&cli);
	}
}

/* --- the formats ----------------------------------------------------------------------------- */

static const struct column columns[] = {
	{ "sku", COLUMN_TEXT, 0 },
	{ "name", COLUMN_TEXT, 1 },
	{ "price", COLUMN_MONEY, 2 },
	{ "stock", COLUMN_NUMBER, 2 },
	{ "meta.live", COLUMN_BOOL, 3, "LIVE" },
	{ "updated_at", COLUMN_TIME, 4, .detail = true },
	{ 0 },
};

static const char records[] =
	"[{\"sku\":\"MUG-1\",\"name\":\"Caf\\u00e9 \\u001b[31m \\\"mug\\\"\",\"stock\":3,"
	"\"price\":{\"amount\":1290,\"currency\":\"EUR\"},\"meta\":{\"live\":true},"
	"\"updated_at\":\"2026-11-22T10:00:00.000Z\"},"
	"{\"sku\":\"MUG-2\",\"name\":\"a,b\\nc\",\"stock\":null,"
	"\"price\":{\"amount\":700,\"currency\":\"JPY\"},\"meta\":{\"live\":false},"
	"\"updated_at\":\"2020-01-02T10:00:00.000Z\"}]";

/* What a format writes; the caller frees. */
static char *write_as(struct output_options options, enum output_shape shape)
{
	char path[] = "/tmp/ecom-test-cli-XXXXXX";
	const char *error;
	json_t *list scoped(scoped_json) = json_parse(records, sizeof(records) - 1, &error);
	struct output *output;
	char *text;

	options.fd = mkstemp(path);
	output = output_open(&options);
	output_begin(output, shape, columns, "sku");
	for (size_t i = 0; i < (shape == OUTPUT_LIST ? 2 : 1); i++)
		output_record(output, json_array_get(list, i));
	output_end(output);
	assert_true(output_close(output));
	close(options.fd);
	text = file_read(path, NULL);
	unlink(path);
	return text;
}

static void expect(struct output_options options, enum output_shape shape, const char *expected)
{
	char *text scoped(scoped_free) = write_as(options, shape);

	assert_string_equal(text, expected);
}

static void test_tables(void **state)
{
	(void)state;
	expect((struct output_options){ &output_table, .headings = true, .terminal = true,
					.width = 80 },
	       OUTPUT_LIST,
	       "SKU    NAME                     PRICE  STOCK  LIVE\n"
	       "MUG-1  Caf\u00e9 \\x1b[31m \"mug\"  12.90 EUR      3  yes\n"
	       "MUG-2  a,b\\nc                 700 JPY      -  no\n");
	expect((struct output_options){ &output_table, .headings = true }, OUTPUT_LIST,
	       "SKU\tNAME\tPRICE\tSTOCK\tLIVE\n"
	       "MUG-1\tCaf\u00e9 \\x1b[31m \"mug\"\t12.90 EUR\t3\ttrue\n"
	       "MUG-2\ta,b\\nc\t700 JPY\t\tfalse\n");
	expect((struct output_options){ &output_table, .headings = true,
					.fields = strdup("stock,sku") },
	       OUTPUT_ONE, "STOCK\tSKU\n3\tMUG-1\n");
	expect((struct output_options){ &output_table }, OUTPUT_DESCRIBE,
	       "sku\tMUG-1\nname\tCaf\u00e9 \\x1b[31m \"mug\"\nprice\t12.90 EUR\nstock\t3\n"
	       "meta.live\ttrue\nupdated_at\t2026-11-22T10:00:00.000Z\n");
}

static void test_data_formats(void **state)
{
	(void)state;
	expect((struct output_options){ &output_csv, .headings = true }, OUTPUT_LIST,
	       "sku,name,price,stock,meta.live,updated_at\n"
	       "MUG-1,\"Caf\u00e9 \033[31m \"\"mug\"\"\",12.90 "
	       "EUR,3,true,2026-11-22T10:00:00.000Z\n"
	       "MUG-2,\"a,b\nc\",700 JPY,,false,2020-01-02T10:00:00.000Z\n");
	expect((struct output_options){ &output_name }, OUTPUT_LIST, "MUG-1\nMUG-2\n");
	expect((struct output_options){ &output_json, .fields = strdup("sku,stock") }, OUTPUT_LIST,
	       "[\n{\"sku\":\"MUG-1\",\"stock\":3},\n{\"sku\":\"MUG-2\",\"stock\":null}\n]\n");
	expect((struct output_options){ &output_json, .fields = strdup("sku") }, OUTPUT_ONE,
	       "{\n  \"sku\": \"MUG-1\"\n}\n");
	expect((struct output_options){ &output_ndjson, .fields = strdup("sku,price") },
	       OUTPUT_LIST,
	       "{\"sku\":\"MUG-1\",\"price\":{\"amount\":1290,\"currency\":\"EUR\"}}\n"
	       "{\"sku\":\"MUG-2\",\"price\":{\"amount\":700,\"currency\":\"JPY\"}}\n");
}

/* --- rows of an import ----------------------------------------------------------------------- */

static void test_import_rows(void **state)
{
	static const char *const header[] = { "sku",        "name",       "price",
					      "stock",      "category",   "_line",
					      "attr.color", "attributes", "currency" };
	static const struct {
		const char *cells[9];
		const char *expected; /* JSON, or "code: error" */
	} samples[] = {
		{ { "A", "Mug", "19.99 EUR", "3", "mugs", "7", "red", "{\"x\":1}", "" },
		  "{\"attributes\":{\"color\":\"red\",\"x\":1},\"category\":\"mugs\",\"name\":"
		  "\"Mug\","
		  "\"price\":{\"amount\":1999,\"currency\":\"EUR\"},\"sku\":\"A\",\"stock\":3}" },
		{ { "A", "", "5", "none", "none", "", "", "", "JPY" },
		  "{\"category\":null,\"price\":{\"amount\":5,\"currency\":\"JPY\"},\"sku\":\"A\","
		  "\"stock\":null}" },
		{ { "A", "", "5", "", "", "", "", "", "" },
		  "{\"price\":{\"amount\":500,\"currency\":\"EUR\"},\"sku\":\"A\"}" },
		{ { "A", "", "1.999", "", "", "", "", "", "" }, "invalid_price: price: \"1.999\"" },
		{ { "A", "", "", "-1", "", "", "", "", "" }, "invalid_stock: stock: \"-1\"" },
		{ { "A", "", "", "", "", "", "", "[]", "" },
		  "invalid_attributes: attributes: \"[]\"" },
	};
	struct cli cli = { 0 };
	struct import_map *map = import_map_open(&cli, header, array_size(header), "EUR");
	struct arena arena = { 0 };

	(void)state;
	assert_non_null(map);
	for (size_t i = 0; i < array_size(samples); i++) {
		const char *code = "", *error = "";
		json_t *row scoped(scoped_json) = import_map_row(
			map, samples[i].cells, array_size(header), &arena, &code, &error);
		char *text scoped(scoped_free) = row ? json_dumps(row,
								  JSON_COMPACT | JSON_SORT_KEYS)
						     : xasprintf("%s: %s", code, error);

		if (!str_has_prefix(text, samples[i].expected))
			fail_msg("row %zu: %s", i, text);
	}
	import_map_free(map);
	arena_free(&arena);
}

static void test_import_headers(void **state)
{
	static const char *const samples[][2] = { { "name", "price" },
						  { "sku", "pricee" },
						  { "sku", "sku" } };

	(void)state;
	for (size_t i = 0; i < array_size(samples); i++) {
		struct cli cli = { 0 };

		assert_null(import_map_open(&cli, samples[i], 2, NULL));
		assert_int_equal(cli.failure.exit, EXIT_INVALID);
		cli_free(&cli);
	}
}

static void test_chunks_clash(void **state)
{
	struct import_chunk *a = xcalloc(1, sizeof(*a)), *b = xcalloc(1, sizeof(*b));

	(void)state;
	import_chunk_clear(a);
	import_chunk_clear(b);
	a->names[0] = 9, a->names[1] = 2, a->nsent = 2;
	b->names[0] = 3, b->names[1] = 8, b->nsent = 2;
	import_chunk_seal(a, "id", 0);
	import_chunk_seal(b, "id", 1);
	assert_false(import_chunks_clash(a, b));
	b->names[0] = 9;
	import_chunk_seal(b, "id", 1);
	assert_true(import_chunks_clash(a, b));
	assert_true(str_has_prefix(b->key, "id-1-"));
	import_chunk_free(a);
	import_chunk_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tree),           cmocka_unit_test(test_parser_finds),
		cmocka_unit_test(test_parser_values),  cmocka_unit_test(test_parser_environment),
		cmocka_unit_test(test_parser_refuses), cmocka_unit_test(test_tables),
		cmocka_unit_test(test_data_formats),   cmocka_unit_test(test_import_rows),
		cmocka_unit_test(test_import_headers), cmocka_unit_test(test_chunks_clash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
