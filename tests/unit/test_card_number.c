/* lib/http/card_number: what looks like a card number, and what does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/base/hash.h"
#include "lib/base/mem.h"
#include "lib/base/uuid.h"
#include "lib/http/card_number.h"

/* The numbers that payment schemes publish for tests. */
static void test_numbers_are_found(void **state)
{
	static const char *const texts[] = {
		"4111111111111111",
		"4111 1111 1111 1111",
		"4111-1111-1111-1111",
		"my card is 4111 1111 1111 1111, until 12/29",
		"2 of them 4111 1111 1111 1111 123",
		"4111111111111111 123",
		"visa4111111111111111",
		"4111111111111111exp1229",
		"x:5555555555554444;",
		"5105 1051 0510 5100",
		"2223003122003222",
		"378282246310005",
		"3782 822463 10005",
		"3056 930902 5904",
		"30569309025904",
		"6011111111111117",
		"3530111333300000",
		"6304000000000000",
		"4222222222222",
		"6011 1111 1111 1117",
		"\xc3\xa9 4111111111111111 \xc3\xa9",
		"4917610000000000003",
	};

	(void)state;
	for (size_t i = 0; i < array_size(texts); i++) {
		if (!card_number_in(texts[i]))
			fail_msg("not found: %s", texts[i]);
	}
}

static void test_other_numbers_are_not(void **state)
{
	static const char *const texts[] = {
		"",
		"-",
		"4111111111111112",       /* wrong check digit */
		"411111111111",           /* too short */
		"41111111111111111111",   /* too long */
		"4111  1111  1111  1111", /* two spaces */
		"1111111111111117",       /* no scheme begins so */
		"2026112200001238",       /* an order number with a date */
		"ORD-2026-000123",
		"+49 151 23456789",
		"+4915123456780",
		"+4111111111111111", /* dialled */
		"0049 151 2345678",
		"(030) 123 456 78",
		"4.111.111.111.111.111",
		"12345678-1234-4123-8123-123456789012",
		"43345678-1234-4123-8123-123456789012",
		"2026-11-22T20:43:15.123456Z",
		"1795380627123",
		"tok_visa",
		"DE89370400440532013000",
		"4006381330060",              /* GTIN-13 */
		"4a1b1c1d1e4111111111111111", /* a hash */
	};

	(void)state;
	for (size_t i = 0; i < array_size(texts); i++) {
		if (card_number_in(texts[i]))
			fail_msg("found in: %s", texts[i]);
	}
}

static void test_ids_are_not(void **state)
{
	static const char hex[] = "0123456789abcdef";

	(void)state;
	srand(1);
	for (int i = 0; i < 100000; i++) {
		char text[UUID_SIZE + 8];

		snprintf(text, sizeof(text), "guest:");
		uuid_make(text + 6);
		assert_false(card_number_in(text));
	}
	/* Of digits alone, which UUIDs hardly ever are. */
	for (int i = 0; i < 100000; i++) {
		char text[] = "00000000-0000-4000-8000-000000000000";

		for (char *c = text; *c; c++)
			*c = *c == '0' ? (char)('0' + rand() % 10) : *c;
		assert_false(card_number_in(text));
	}
	for (int i = 0; i < 100000; i++) {
		char text[65] = { 0 };

		for (int k = 0; k < 64; k++)
			text[k] = hex[rand() % 16];
		assert_false(card_number_in(text));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers_are_found),
		cmocka_unit_test(test_other_numbers_are_not),
		cmocka_unit_test(test_ids_are_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
