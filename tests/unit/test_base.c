/* lib/base: strings, money, buffers, arenas, ids, options. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/file.h"
#include "lib/base/hash.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/base/money.h"
#include "lib/base/options.h"
#include "lib/base/str.h"
#include "lib/base/uuid.h"

static void test_numbers(void **state)
{
	int64_t value = 7;

	(void)state;
	assert_true(str_to_int("42", 0, 100, &value));
	assert_int_equal(value, 42);
	assert_false(str_to_int("101", 0, 100, &value));
	assert_false(str_to_int("", 0, 100, &value));
	assert_false(str_to_int(" 1", 0, 100, &value));
	assert_false(str_to_int("1x", 0, 100, &value));
	assert_false(str_to_int("99999999999999999999", INT64_MIN, INT64_MAX, &value));
	assert_true(str_to_ms("15m", &value));
	assert_int_equal(value, 900000);
	assert_false(str_to_ms("15 m", &value));
}

static void test_distance(void **state)
{
	static const char *const words[] = { "list", "get", "archive", NULL };

	(void)state;
	assert_int_equal(str_distance("lsit", "list"), 1);
	assert_int_equal(str_distance("kitten", "sitting"), 3);
	assert_string_equal(str_nearest("lst", words, 2), "list");
	assert_null(str_nearest("zzzzzz", words, 2));
}

static void test_utf8(void **state)
{
	static const char *const cuts[][2] = {
		{ "", "" },
		{ "abc", "abc" },
		{ "a\xc3\xa9", "a\xc3\xa9" },
		{ "a\xc3", "a" },
		{ "a\xf0\x9f\x98", "a" },
		{ "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" },
	};

	(void)state;
	assert_true(str_is_utf8("Caf\xc3\xa9 \xf0\x9f\x98\x80", 10));
	assert_false(str_is_utf8("\xc0\x80", 2));
	assert_false(str_is_utf8("\xed\xa0\x80", 3));
	assert_false(str_is_utf8("\xf4\x90\x80\x80", 4));
	assert_false(str_is_utf8("a\0b", 3));
	assert_int_equal(str_utf8_length("Caf\xc3\xa9"), 4);
	for (size_t i = 0; i < array_size(cuts); i++) {
		char *cut scoped(scoped_free) = xstrdup(cuts[i][0]);

		str_cut_utf8(cut);
		assert_string_equal(cut, cuts[i][1]);
	}
}

static void test_money(void **state)
{
	struct money money;
	char text[MONEY_TEXT_SIZE];

	(void)state;
	assert_true(money_parse("19.99 EUR", NULL, &money));
	assert_int_equal(money.amount, 1999);
	assert_true(money_parse("5", "EUR", &money));
	assert_int_equal(money.amount, 500);
	assert_true(money_parse("-0.5EUR", NULL, &money));
	assert_int_equal(money.amount, -50);
	assert_true(money_parse("1999 JPY", NULL, &money));
	assert_int_equal(money.amount, 1999);
	assert_false(money_parse("19.999 EUR", NULL, &money));
	assert_false(money_parse("1.5 JPY", NULL, &money));
	assert_false(money_parse("19.99 XXX", NULL, &money));
	assert_false(money_parse("19.99", NULL, &money));
	assert_false(money_parse(".99 EUR", NULL, &money));
	money = (struct money){ -5, "EUR" };
	money_format(&money, text);
	assert_string_equal(text, "-0.05 EUR");
	assert_int_equal(money_exponent("KWD"), 3);
	assert_int_equal(money_exponent("EU"), -1);
}

static void test_buffers(void **state)
{
	struct buf buf = BUF_INIT(8);
	struct arena arena = { 0 };

	(void)state;
	assert_true(buf_adds(&buf, "12345"));
	assert_false(buf_adds(&buf, "6789"));
	assert_true(buf.overflow);
	buf_free(&buf);
	for (int i = 0; i < 1000; i++)
		assert_string_equal(arena_printf(&arena, "%d", 123), "123");
	assert_non_null(arena_alloc(&arena, 100000));
	arena_reset(&arena);
	arena_free(&arena);
}

static void test_ids(void **state)
{
	char a[UUID_SIZE], b[UUID_SIZE];

	(void)state;
	uuid_make(a);
	uuid_make(b);
	assert_string_not_equal(a, b);
	assert_true(uuid_is_valid(a));
	assert_int_equal(a[14], '7');
	assert_false(uuid_is_valid("00000000-0000-7000-8000-00000000000"));
	assert_false(uuid_is_valid(""));
}

static void test_json(void **state)
{
	char deep[200] = { 0 };
	const char *error;
	json_t *value;

	(void)state;
	value = json_parse("{\"a\":1}", 7, &error);
	assert_int_equal(json_get_int(value, "a", 0), 1);
	json_decref(value);
	assert_null(json_parse("{\"a\":1,\"a\":2}", 13, &error));
	assert_null(json_parse("\"\\u0000\"", 8, &error));
	assert_null(json_parse("\"\xff\"", 3, &error));
	memset(deep, '[', 100);
	memset(deep + 100, ']', 99);
	assert_null(json_parse(deep, 199, &error));
	assert_string_equal(error, "nested deeper than 32 levels");
}

static void test_base64url(void **state)
{
	size_t len;
	char *text = base64url_encode("\xfb\xff", 2);
	unsigned char *data = base64url_decode(text, strlen(text), &len);

	(void)state;
	assert_string_equal(text, "-_8");
	assert_int_equal(len, 2);
	assert_null(base64url_decode("-_8=", 4, &len));
	free(data);
	free(text);
}

static const struct option some_options[] = {
	{ "port", OPTION_INT, "0", 0, 65535, "Port" },
	{ "timeout", OPTION_DURATION, "250ms", 1, 60000, "Time limit" },
	{ "origins", OPTION_LIST, NULL, 0, 0, "Origins" },
	{ 0 },
};

static struct options *load(const char *yaml, char **error)
{
	const struct option *const tables[] = { some_options, NULL };
	char path[] = "/tmp/ecom-test-XXXXXX";
	struct options *options;
	int fd = mkstemp(path);

	assert_int_equal(write(fd, yaml, strlen(yaml)), strlen(yaml));
	close(fd);
	options = options_load("testd", tables, path, error);
	unlink(path);
	return options;
}

static void test_options(void **state)
{
	char *error = NULL;
	struct options *options =
		load("port: 80\nother: {x: 1}\ntestd:\n  timeout: 2s\n  origins: [a, b]\n", &error);

	(void)state;
	assert_non_null(options);
	assert_int_equal(options_int(options, "port"), 80);
	assert_int_equal(options_int(options, "timeout"), 2000);
	assert_string_equal(options_list(options, "origins")[1], "b");
	options_free(options);

	assert_null(load("testd:\n  prot: 1\n", &error));
	assert_non_null(strstr(error, ":2: unknown option \"prot\"; did you mean \"port\"?"));
	free(error);
	assert_null(load("port: 99999\n", &error));
	assert_non_null(strstr(error, "must be a whole number from 0 to 65535"));
	free(error);
	assert_null(load("port: [\n", &error));
	free(error);

	setenv("ECOM_TESTD_PORT", "81", 1);
	options = load("testd:\n  port: 80\n", &error);
	assert_int_equal(options_int(options, "port"), 81);
	options_free(options);
	unsetenv("ECOM_TESTD_PORT");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers), cmocka_unit_test(test_distance),
		cmocka_unit_test(test_utf8),    cmocka_unit_test(test_money),
		cmocka_unit_test(test_buffers), cmocka_unit_test(test_ids),
		cmocka_unit_test(test_json),    cmocka_unit_test(test_base64url),
		cmocka_unit_test(test_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
