/* Import rows: checked, encoded for COPY, rejected with row and reason. */
#include "daemons/catalogd/import_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/json.h"

static void expect(const char *text, const char *copy, const char *rejected)
{
	struct import_rows rows scoped(import_rows_done);
	char *got scoped(scoped_free) = NULL;

	import_rows_init(&rows);
	assert_true(import_rows_read(&rows, text, strlen(text)));
	got = json_text(rows.rejected);
	assert_string_equal(rows.copy.data ? rows.copy.data : "", copy);
	assert_string_equal(got, rejected);
}

static void good_rows_become_copy_text(void **state)
{
	(void)state;
	expect("{\"sku\":\"A\"}\n", "0\tA\t\\N\t\\N\t\\N\tf\t\\N\t\\N\t\\N\tf\t\\N\t\\N\n", "[]");
	expect("{\"sku\":\"A\",\"category\":null,\"stock\":null}",
	       "0\tA\t\\N\t\\N\t\\N\tt\t\\N\t\\N\t\\N\tt\t\\N\t\\N\n", "[]");
	expect("{\"sku\":\"A\",\"name\":\"N\",\"description\":\"\",\"status\":\"active\","
	       "\"category\":\"c\",\"price\":{\"amount\":1999,\"currency\":\"EUR\"},\"stock\":0,"
	       "\"attributes\":{\"a\":1}}\r\n",
	       "0\tA\tN\t\tactive\tt\tc\t1999\tEUR\tt\t0\t{\"a\":1}\n", "[]");
}

static void special_characters_are_escaped(void **state)
{
	(void)state;
	expect("{\"sku\":\"A\",\"name\":\"a\\tb\\nc\\rd\\\\e\\\\N\"}\n",
	       "0\tA\ta\\tb\\nc\\rd\\\\e\\\\N\t\\N\t\\N\tf\t\\N\t\\N\t\\N\tf\t\\N\t\\N\n", "[]");
	expect("{\"sku\":\"A\",\"name\":\"\\\\.\"}\n",
	       "0\tA\t\\\\.\t\\N\t\\N\tf\t\\N\t\\N\t\\N\tf\t\\N\t\\N\n", "[]");
}

static void bad_rows_are_rejected_and_the_rest_is_kept(void **state)
{
	(void)state;
	expect("{\"sku\":\"A\",\"stock\":-1}\n\n{\"sku\":\"B\"}\n{}\n[]\n",
	       "2\tB\t\\N\t\\N\t\\N\tf\t\\N\t\\N\t\\N\tf\t\\N\t\\N\n",
	       "[{\"row\":0,\"field\":\"stock\",\"code\":\"out_of_range\",\"reason\":"
	       "\"must be from 0 to 1000000000000\"},"
	       "{\"row\":3,\"field\":\"sku\",\"code\":\"required\",\"reason\":\"is required\"},"
	       "{\"row\":4,\"field\":\"\",\"code\":\"bad_json\",\"reason\":"
	       "\"the line is not a JSON object\"}]");
	expect("{\"sku\":\"A\",\"attributes\":{\"a\":[]}}\n", "",
	       "[{\"row\":0,\"field\":\"attributes\",\"code\":\"product_attribute_nested\","
	       "\"reason\":\"an attribute is a text, a number, true, false or null\"}]");
}

static void rows_are_limited(void **state)
{
	struct import_rows rows scoped(import_rows_done);
	struct buf text = BUF_INIT(0);

	(void)state;
	import_rows_init(&rows);
	for (int i = 0; i < IMPORT_ROWS_MAX; i++)
		buf_adds(&text, "{\"sku\":\"A\"}\n");
	assert_true(import_rows_read(&rows, text.data, text.len));
	import_rows_done(&rows);
	import_rows_init(&rows);
	buf_adds(&text, "x");
	assert_false(import_rows_read(&rows, text.data, text.len));
	buf_free(&text);
}

static PGresult *found(const char *const rows[][4], int count)
{
	static PGresAttDesc columns[] = { { .name = (char *)(uintptr_t) "row" },
					  { .name = (char *)(uintptr_t) "field" },
					  { .name = (char *)(uintptr_t) "code" },
					  { .name = (char *)(uintptr_t) "reason" } };
	PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);

	assert_true(PQsetResultAttrs(result, 4, columns));
	for (int i = 0; i < count; i++) {
		for (int column = 0; column < 4; column++)
			assert_true(PQsetvalue(result, i, column,
					       (char *)(uintptr_t)rows[i][column],
					       (int)strlen(rows[i][column])));
	}
	return result;
}

static void rejects_are_merged_in_order_of_rows(void **state)
{
	static const char text[] = "x\n{\"sku\":\"A\"}\nx\n{\"sku\":\"B\"}\nx\n";
	static const char *const theirs[][4] = { { "1", "name", "required", "r" },
						 { "3", "price", "required", "r" } };
	struct import_rows rows scoped(import_rows_done);
	PGresult *result = found(theirs, 2);
	json_t *all;

	(void)state;
	import_rows_init(&rows);
	assert_true(import_rows_read(&rows, text, strlen(text)));
	all = import_rows_rejected(&rows, result);
	assert_int_equal(json_array_size(all), 5);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(json_get_int(json_array_get(all, i), "row", -1), (int)i);
	json_decref(all);
	PQclear(result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_rows_become_copy_text),
		cmocka_unit_test(special_characters_are_escaped),
		cmocka_unit_test(bad_rows_are_rejected_and_the_rest_is_kept),
		cmocka_unit_test(rows_are_limited),
		cmocka_unit_test(rejects_are_merged_in_order_of_rows),
	};

	return cmocka_run_group_tests_name("import", tests, NULL, NULL);
}
