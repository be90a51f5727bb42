/* Card numbers in text. */
#include "lib/http/card_number.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "lib/base/mem.h"

#define DIGITS_MIN   13
#define DIGITS_MAX   19
#define GROUPS_MAX   24 /* of a run that are looked at; a longer run is no card number */
#define ALTERNATIONS 4  /* letter, digit, letter, ... so often: a token, not a word and a number */
#define UUID_LEN     36

/* Digits that only single spaces or dashes separate. */
struct run {
	size_t count;
	struct {
		const char *start;
		size_t len;
	} groups[GROUPS_MAX];
	const char *end;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* The length of the UUID that begins here, or 0. */
static size_t uuid_length(const char *text)
{
	for (size_t i = 0; i < UUID_LEN; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
			return 0;
	}
	return is_word(text[UUID_LEN]) ? 0 : UUID_LEN;
}

/* The length of the word that begins here when letters and digits alternate in it, or 0. */
static size_t token_length(const char *text)
{
	size_t len = 0;
	int changes = 0;

	for (; is_word(text[len]); len++)
		changes += len > 0 && is_digit(text[len]) && !is_digit(text[len - 1]);
	return changes >= ALTERNATIONS ? len : 0;
}

static void run_read(const char *text, struct run *run)
{
	run->count = 0;
	for (;;) {
		size_t len = strspn(text, "0123456789");

		if (run->count < GROUPS_MAX) {
			run->groups[run->count].start = text;
			run->groups[run->count].len = len;
		}
		run->count++;
		text += len;
		if ((*text != ' ' && *text != '-') || !is_digit(text[1]))
			break;
		text++;
	}
	run->end = text;
}

/* The sum of the digits, every second one from the right doubled, ends in 0. */
static bool has_check_digit(const char *digits, size_t len)
{
	unsigned int sum = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned int digit = (unsigned int)(digits[len - 1 - i] - '0');

		if (i % 2)
			digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
		sum += digit;
	}
	return sum % 10 == 0;
}

/* An article's number (GTIN-13), which merchants like to use as SKU: weights 1 and 3. Cards of 13
 * digits are not issued any more. */
static bool is_gtin(const char *digits, size_t len)
{
	unsigned int sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += (unsigned int)(digits[i] - '0') * (i % 2 ? 3 : 1);
	return len == DIGITS_MIN && sum % 10 == 0;
}

static bool is_scheme(const char *digits, size_t len)
{
	if (digits[0] >= '3' && digits[0] <= '6')
		return true;
	return len == 16 && strncmp(digits, "2221", 4) >= 0 && strncmp(digits, "2720", 4) <= 0;
}

/* As people write them: in one piece, 4-4-4-4, 4-4-4-4-3, 4-6-5, 4-6-4. */
static bool is_grouped(const struct run *run, size_t first, size_t count)
{
	size_t second = count > 1 ? run->groups[first + 1].len : 0;
	size_t last = run->groups[first + count - 1].len;

	if (count == 1)
		return true;
	if (run->groups[first].len != 4)
		return false;
	if (count == 3 && second == 6)
		return last == 4 || last == 5;
	for (size_t i = 1; i + 1 < count; i++) {
		if (run->groups[first + i].len != 4)
			return false;
	}
	return count == 4 ? last <= 4 : count == 5 && last <= 3;
}

static bool is_card(const struct run *run, size_t first, size_t count)
{
	char digits[DIGITS_MAX];
	size_t len = 0;

	for (size_t i = first; i < first + count; i++) {
		if (len + run->groups[i].len > DIGITS_MAX)
			return false;
		memcpy(digits + len, run->groups[i].start, run->groups[i].len);
		len += run->groups[i].len;
	}
	return len >= DIGITS_MIN && is_scheme(digits, len) && has_check_digit(digits, len) &&
	       !is_gtin(digits, len);
}

/* The whole run, or some of its groups that have the usual form. */
static bool run_has_card(const struct run *run)
{
	if (run->count > GROUPS_MAX)
		return false;
	if (is_card(run, 0, run->count))
		return true;
	for (size_t first = 0; first < run->count; first++) {
		for (size_t count = 1; first + count <= run->count && count <= 5; count++) {
			if (is_grouped(run, first, count) && is_card(run, first, count))
				return true;
		}
	}
	return false;
}

bool card_number_in(const char *text)
{
	char before = ' ';

	while (*text) {
		size_t skip = is_word(before) ? 0 : uuid_length(text);
		struct run run;

		if (!skip && !is_word(before))
			skip = token_length(text);
		if (skip) {
			text += skip;
		} else if (is_digit(*text)) {
			run_read(text, &run);
			if (before != '+' && run_has_card(&run))
				return true;
			text = run.end;
		} else {
			text++;
		}
		before = text[-1];
	}
	return false;
}
