/* The CSV reader: RFC 4180, lines of records, recovery after bad ones. */
#include "lib/base/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/buf.h"

/* Everything the reader says about the text, one line per answer: "2:a|b", "3!why". */
static char *tell(const char *text, size_t len, char delimiter)
{
	FILE *stream = fmemopen((void *)(uintptr_t)text, len, "r");
	struct csv_reader *reader = csv_reader_open(stream, delimiter);
	struct buf out = BUF_INIT(0);
	struct csv_record record;
	enum csv_read status;

	while ((status = csv_reader_next(reader, &record)) == CSV_READ_RECORD ||
	       status == CSV_READ_BAD) {
		buf_addf(&out, "%zu%s", record.line, record.error ? "!" : "");
		for (size_t i = 0; i < record.ncells; i++)
			buf_addf(&out, "%c%s", i ? '|' : ':', record.cells[i]);
		buf_addf(&out, "%s\n", record.error ? record.error : "");
	}
	if (status == CSV_READ_FAILED)
		buf_addf(&out, "%zu failed: %s\n", record.line, record.error);
	csv_reader_close(reader);
	fclose(stream);
	return buf_steal(&out);
}

static void expect(const char *text, const char *answers)
{
	char *got = tell(text, strlen(text), ',');

	assert_string_equal(got, answers);
	free(got);
}

#define QUOTE_FAULT "a quote inside a cell: quote the whole cell and double the quotes in it"

static void reads_what_rfc_4180_describes(void **state)
{
	(void)state;
	expect("a,b\r\n1,2\r\n", "1:a|b\n2:1|2\n");
	expect("a,b\n1,\n,2", "1:a|b\n2:1|\n3:|2\n");
	expect("a,b\n\"x, \"\"y\"\"\",\" z \"\n", "1:a|b\n2:x, \"y\"| z \n");
	expect("a,b\n x , y \n", "1:a|b\n2: x | y \n");
	expect("\xEF\xBB\xBF"
	       "a\n\xC3\xA4\n",
	       "1:a\n2:\xC3\xA4\n");
}

static void tells_the_line_on_which_a_record_starts(void **state)
{
	(void)state;
	expect("a,b\n\n\"1\n2\n3\",x\n\r\n4,5\n", "1:a|b\n3:1\n2\n3|x\n7:4|5\n");
	expect("a\r\n\"x\r\ny\"\r\nz\r\n", "1:a\n2:x\r\ny\n4:z\n");
	expect("a\rb\rc", "1:a\n2:b\n3:c\n");
}

static void goes_on_after_a_bad_record(void **state)
{
	(void)state;
	expect("a,b\n1\n1,2,3\n1,2\n",
	       "1:a|b\n2!fewer cells than the header\n3!more cells than the header\n4:1|2\n");
	expect("a,b\n5\" disk,2\n1,2\n", "1:a|b\n2!" QUOTE_FAULT "\n3:1|2\n");
	expect("a,b\n\"x\"y,2\n1,2\n", "1:a|b\n2!" QUOTE_FAULT "\n3:1|2\n");
	expect("a\n\xFF\nx\n", "1:a\n2!not UTF-8 text\n3:x\n");
}

static void gives_up_where_nothing_can_be_read(void **state)
{
	(void)state;
	expect("a\"b,c\n1,2\n", "1 failed: " QUOTE_FAULT "\n");
	expect("a,b\n1,2\n\"3,4\n5,6\n",
	       "1:a|b\n2:1|2\n3 failed: a quoted cell of the record that starts here has no end\n");
}

static void refuses_zero_bytes(void **state)
{
	char *got = tell("a\nx\0y\nz\n", 8, ',');

	(void)state;
	assert_string_equal(got, "1:a\n2!not UTF-8 text\n3:z\n");
	free(got);
}

static void knows_other_delimiters(void **state)
{
	char *got = tell("a;b\n1,5;2\n", 10, ';');

	(void)state;
	assert_string_equal(got, "1:a|b\n2:1,5|2\n");
	free(got);
}

static void holds_long_input_and_refuses_endless_records(void **state)
{
	struct buf text = BUF_INIT(0);
	char *got;
	size_t lines = 0;

	(void)state;
	buf_adds(&text, "a,b\n");
	while (text.len < 300000)
		buf_adds(&text, "\"first\nsecond\",\"\"\"\"\r\n");
	got = tell(text.data, text.len, ',');
	assert_null(strchr(got, '!'));
	for (const char *p = got; (p = strstr(p, ":first\nsecond|\"\n")); p++)
		lines++;
	assert_int_equal(lines, (text.len - 4) / strlen("\"first\nsecond\",\"\"\"\"\r\n"));
	free(got);

	buf_clear(&text);
	buf_adds(&text, "a\n\"");
	while (text.len < CSV_RECORD_MAX + 10)
		buf_adds(&text, "no end\n");
	got = tell(text.data, text.len, ',');
	assert_non_null(strstr(got, "2 failed: the record that starts here is longer"));
	free(got);
	buf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_rfc_4180_describes),
		cmocka_unit_test(tells_the_line_on_which_a_record_starts),
		cmocka_unit_test(goes_on_after_a_bad_record),
		cmocka_unit_test(gives_up_where_nothing_can_be_read),
		cmocka_unit_test(refuses_zero_bytes),
		cmocka_unit_test(knows_other_delimiters),
		cmocka_unit_test(holds_long_input_and_refuses_endless_records),
	};

	return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
