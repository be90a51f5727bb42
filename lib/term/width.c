/* Display width by grapheme: a subset of UAX #29 that covers marks, emoji, flags and keycaps. */
#include "lib/term/width.h"

#include <stdbool.h>

#include "lib/base/mem.h"
#include "lib/term/width_table.h"

enum {
	ZERO_WIDTH_JOINER = 0x200d,
	EMOJI_STYLE = 0xfe0f, /* variation selector 16 */
};

size_t utf8_decode(const char *s, size_t len, uint32_t *code)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t least;
	} forms[] = { { 0x80, 0x00, 0 },
		      { 0xe0, 0xc0, 0x80 },
		      { 0xf0, 0xe0, 0x800 },
		      { 0xf8, 0xf0, 0x10000 } };
	const unsigned char *bytes = (const unsigned char *)s;

	for (size_t more = 0; more < array_size(forms) && more < len; more++) {
		uint32_t value = bytes[0] & (unsigned char)~forms[more].mask;
		size_t i = 1;

		if ((bytes[0] & forms[more].mask) != forms[more].lead)
			continue;
		for (; i <= more && (bytes[i] & 0xc0) == 0x80; i++)
			value = value << 6 | (bytes[i] & 0x3f);
		if (i <= more || value < forms[more].least || value > 0x10ffff ||
		    (value >= 0xd800 && value <= 0xdfff))
			break;
		*code = value;
		return more + 1;
	}
	*code = UTF8_BAD;
	return 1;
}

static bool in_ranges(uint32_t code, const struct range *ranges, size_t count)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (code > ranges[middle].last)
			low = middle + 1;
		else if (code < ranges[middle].first)
			high = middle;
		else
			return true;
	}
	return false;
}

static int code_width(uint32_t code)
{
	if (code < 0x300 || code == UTF8_BAD)
		return 1;
	if (in_ranges(code, zero, array_size(zero)))
		return 0;
	return in_ranges(code, wide, array_size(wide)) ? 2 : 1;
}

static bool is_regional(uint32_t code)
{
	return code >= 0x1f1e6 && code <= 0x1f1ff;
}

static bool is_skin_tone(uint32_t code)
{
	return code >= 0x1f3fb && code <= 0x1f3ff;
}

/* ZWJ also shapes letters of Indic scripts and Arabic; it glues only symbols and emoji. */
static bool is_glued(uint32_t code)
{
	return code >= 0x2190 && code != UTF8_BAD;
}

size_t term_grapheme(const char *s, size_t len, int *cells)
{
	uint32_t code, next;
	size_t at = utf8_decode(s, len, &code);
	int width = code_width(code);

	if (code < 0x20 || code == UTF8_BAD) {
		*cells = 1;
		return at;
	}
	if (is_regional(code) && at < len) {
		size_t more = utf8_decode(s + at, len - at, &next);

		if (is_regional(next)) {
			at += more;
			width = 2;
		}
	}
	while (at < len) {
		size_t more = utf8_decode(s + at, len - at, &next);
		size_t after = at + more;

		if (code_width(next) != 0 && !(is_skin_tone(next) && width == 2))
			break;
		if (next == EMOJI_STYLE && width == 1)
			width = 2;
		at = after;
		if (next == ZERO_WIDTH_JOINER && at < len && is_glued(code)) {
			more = utf8_decode(s + at, len - at, &next);
			if (is_glued(next)) {
				at += more;
				width = 2;
			}
		}
	}
	*cells = width;
	return at;
}

int term_width(const char *s, size_t len)
{
	int total = 0, cells;

	for (size_t at = 0; at < len; total += cells)
		at += term_grapheme(s + at, len - at, &cells);
	return total;
}

size_t term_clip(const char *s, size_t len, int cells, int *used)
{
	size_t at = 0;

	*used = 0;
	while (at < len) {
		int width;
		size_t more = term_grapheme(s + at, len - at, &width);

		if (*used + width > cells)
			break;
		*used += width;
		at += more;
	}
	return at;
}
