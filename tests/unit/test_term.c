/* lib/term: width by grapheme, escaping, tables, colours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/mem.h"
#include "lib/term/color.h"
#include "lib/term/escape.h"
#include "lib/term/table.h"
#include "lib/term/width.h"

static int width(const char *s)
{
	return term_width(s, strlen(s));
}

static void test_width(void **state)
{
	static const struct {
		const char *text;
		int cells;
	} samples[] = {
		{ "", 0 },
		{ "mug", 3 },
		{ "Caf\u00e9", 4 },
		{ "Cafe\u0301", 4 },                      /* combining acute */
		{ "\u65e5\u672c\u8a9e\u30de\u30b0", 10 }, /* CJK */
		{ "\uff76\uff9e", 2 },                    /* half-width kana */
		{ "\uac00", 2 },                          /* Hangul syllable */
		{ "\u1112\u1161\u11ab", 2 },              /* the same from jamo */
		{ "\u0e01\u0e33\u0e49", 2 }, /* Thai: SARA AM takes a cell, the tone mark none */
		{ "\u0645\u064f", 1 },       /* Arabic with a vowel sign */
		{ "\u0915\u094d\u200d\u0937", 2 }, /* Devanagari: the joiner glues no letters */
		{ "\U0001f600", 2 },
		{ "\U0001f44d\U0001f3fd", 2 },                       /* skin tone */
		{ "\U0001f468\u200d\U0001f469\u200d\U0001f467", 2 }, /* family */
		{ "\U0001f3f3\ufe0f\u200d\U0001f308", 2 },           /* rainbow flag */
		{ "\u2764", 1 },
		{ "\u2764\ufe0f", 2 },                             /* emoji style */
		{ "1\ufe0f\u20e3", 2 },                            /* keycap */
		{ "\U0001f1e9\U0001f1ea", 2 },                     /* flag */
		{ "\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7", 4 }, /* two flags */
		{ "\U0001fae8", 2 },                               /* newer than libc's tables */
		{ "a\u200bb", 2 },
		{ "\xff\xfe", 2 },
	};

	(void)state;
	for (size_t i = 0; i < array_size(samples); i++) {
		if (width(samples[i].text) != samples[i].cells)
			fail_msg("sample %zu: %d cells", i, width(samples[i].text));
	}
}

static void test_clip_keeps_graphemes(void **state)
{
	static const char family[] = "a\U0001f468\u200d\U0001f469b";
	int used;

	(void)state;
	assert_int_equal(term_clip(family, strlen(family), 2, &used), 1);
	assert_int_equal(used, 1);
	assert_int_equal(term_clip(family, strlen(family), 3, &used), strlen(family) - 1);
	assert_int_equal(used, 3);
	assert_int_equal(term_clip("e\u0301x", 4, 1, &used), 3);
	assert_int_equal(term_clip("abc", 3, 0, &used), 0);
}

static void test_decode_refuses(void **state)
{
	static const char *const bad[] = { "\xc0\x80",     "\xe0\x80\x80",
					   "\xed\xa0\x80", "\xf4\x90\x80\x80",
					   "\xe2\x82",     "\x80",
					   "\xf8" };
	uint32_t code;

	(void)state;
	for (size_t i = 0; i < array_size(bad); i++) {
		assert_int_equal(utf8_decode(bad[i], strlen(bad[i]), &code), 1);
		assert_int_equal(code, UTF8_BAD);
	}
	assert_int_equal(utf8_decode("\xf4\x8f\xbf\xbf", 4, &code), 4);
	assert_int_equal(code, 0x10ffff);
}

static void test_escape(void **state)
{
	static const struct {
		const char *text, *shown;
	} samples[] = {
		{ "Blue mug", "Blue mug" },
		{ "a\tb\nc\rd", "a\\tb\\nc\\rd" },
		{ "\033[31mred", "\\x1b[31mred" },
		{ "\x7f", "\\x7f" },
		{ "\xc2\x9b"
		  "2J",
		  "\\u009b2J" },
		{ "\u202egum", "\\u202egum" },
		{ "\u2066x\u2069", "\\u2066x\\u2069" },
		{ "\ufeffx", "\\ufeffx" },
		{ "caf\xe9!", "caf\\xe9!" },
		{ "\xf0\x9f", "\\xf0\\x9f" },
		{ "\u65e5\u672c", "\u65e5\u672c" },
		{ "C:\\x", "C:\\x" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(samples); i++) {
		char *shown scoped(scoped_free) = term_escaped(samples[i].text);

		assert_string_equal(shown, samples[i].shown);
	}
}

static void test_escape_json(void **state)
{
	static const char text[] = "{\"a\\n\":\"x\xc2\x9bm\x7f\u202e\u65e5\"}";
	struct buf out = BUF_INIT(0);
	char *shown scoped(scoped_free) = NULL;

	(void)state;
	term_escape_json(&out, text, strlen(text));
	shown = buf_steal(&out);
	assert_string_equal(shown, "{\"a\\n\":\"x\\u009bm\\u007f\\u202e\u65e5\"}");
}

static void test_escape_leaves_no_control(void **state)
{
	struct buf out = BUF_INIT(0);
	char all[256];

	(void)state;
	for (int i = 0; i < 256; i++)
		all[i] = (char)i;
	term_escape(&out, all, sizeof(all));
	for (size_t i = 0; i < out.len; i++)
		assert_in_range((unsigned char)out.data[i], 0x20, 0x7e);
	buf_free(&out);
}

static const struct table_column columns[] = {
	{ "SKU", false, 0 },
	{ "QTY", true, 2 },
	{ "TITLE", false, 1 },
	{ "UPDATED", false, 3 },
};

static char *render(int cells, const char *title)
{
	struct table *table = table_new(columns, array_size(columns), cells);
	struct buf out = BUF_INIT(0);

	table_add(table, "MUG-0012", COLOR_NONE);
	table_add(table, "3", COLOR_NONE);
	table_add(table, title, COLOR_NONE);
	table_add(table, "2m", COLOR_NONE);
	table_add(table, "MUG-1", COLOR_NONE);
	table_add(table, "1284", COLOR_NONE);
	table_add(table, "", COLOR_NONE);
	table_add(table, "5h", COLOR_NONE);
	table_render(table, true, false, &out);
	table_free(table);
	return buf_steal(&out);
}

static void test_table(void **state)
{
	char *wide scoped(scoped_free) = render(80, "Caf\u00e9 cr\u00e8me");
	char *narrow scoped(scoped_free) = render(26, "Caf\u00e9 cr\u00e8me");
	char *tiny scoped(scoped_free) = render(6, "Caf\u00e9 cr\u00e8me");
	char *long_name scoped(scoped_free) = render(41, "A title that is longer than others");
	char *cut scoped(scoped_free) = render(30, "\u65e5\u672c\u8a9e\u30de\u30b0\u65e5\u672c");

	(void)state;
	assert_string_equal(wide, "SKU        QTY  TITLE       UPDATED\n"
				  "MUG-0012     3  Caf\u00e9 cr\u00e8me  2m\n"
				  "MUG-1     1284              5h\n");
	/* The lowest priorities go first, and no row is wrapped. */
	assert_string_equal(narrow, "SKU        QTY  TITLE\n"
				    "MUG-0012     3  Caf\u00e9 cr\u00e8me\n"
				    "MUG-1     1284\n");
	assert_string_equal(long_name, "SKU        QTY  TITLE             UPDATED\n"
				       "MUG-0012     3  A title that is\u2026  2m\n"
				       "MUG-1     1284                    5h\n");
	assert_string_equal(tiny, "SKU\nMUG-0\u2026\nMUG-1\n");
	assert_string_equal(cut, "SKU        QTY  TITLE\n"
				 "MUG-0012     3  \u65e5\u672c\u8a9e\u30de\u30b0\u65e5\u672c\n"
				 "MUG-1     1284\n");
}

static void test_table_in_pieces(void **state)
{
	struct table *table = table_new(columns, 2, 0);
	struct buf out = BUF_INIT(0);

	(void)state;
	table_add(table, "A", COLOR_GOOD);
	table_add(table, "1", COLOR_NONE);
	table_render(table, true, true, &out);
	table_add(table, "LONGER", COLOR_NONE);
	table_add(table, "2", COLOR_NONE);
	table_render(table, true, true, &out);
	assert_string_equal(out.data, "\033[1mSKU\033[0m  \033[1mQTY\033[0m\n"
				      "\033[32mA\033[0m      1\n"
				      "LO\u2026    2\n");
	buf_free(&out);
	table_free(table);
}

static void test_color_precedence(void **state)
{
	static const char *const names[] = { "ECOMCTL_COLOR", "NO_COLOR", "CLICOLOR_FORCE",
					     "FORCE_COLOR" };

	(void)state;
	for (size_t i = 0; i < array_size(names); i++)
		unsetenv(names[i]);
	assert_false(color_enabled(NULL, -1));
	setenv("FORCE_COLOR", "1", 1);
	assert_true(color_enabled(NULL, -1));
	setenv("NO_COLOR", "1", 1);
	assert_false(color_enabled(NULL, -1));
	setenv("NO_COLOR", "", 1);
	assert_true(color_enabled(NULL, -1));
	setenv("NO_COLOR", "1", 1);
	setenv("ECOMCTL_COLOR", "always", 1);
	assert_true(color_enabled(NULL, -1));
	assert_false(color_enabled("never", -1));
	setenv("ECOMCTL_COLOR", "never", 1);
	assert_true(color_enabled("always", -1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_clip_keeps_graphemes),
		cmocka_unit_test(test_decode_refuses),
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_escape_json),
		cmocka_unit_test(test_escape_leaves_no_control),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_table_in_pieces),
		cmocka_unit_test(test_color_precedence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
