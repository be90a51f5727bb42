/* Strings: comparing, checked numbers, distance, UTF-8. */
#include "lib/base/str.h"

#include <errno.h>
#include <stdlib.h>

#include <sodium.h>

bool str_has_prefix(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_has_suffix(const char *s, const char *suffix)
{
	size_t len = strlen(s), suffix_len = strlen(suffix);

	return len >= suffix_len && str_eq(s + len - suffix_len, suffix);
}

bool str_to_int(const char *s, int64_t min, int64_t max, int64_t *out)
{
	char *end;
	long long value;

	if (*s != '-' && (*s < '0' || *s > '9'))
		return false;
	errno = 0;
	value = strtoll(s, &end, 10);
	if (errno || end == s || *end || value < min || value > max)
		return false;
	*out = value;
	return true;
}

bool str_to_ms(const char *s, int64_t *out)
{
	static const struct {
		const char *suffix;
		int64_t ms;
	} units[] = {
		{ "", 1 },      { "ms", 1 },      { "s", 1000 },
		{ "m", 60000 }, { "h", 3600000 }, { "d", 86400000 },
	};
	char digits[16];
	size_t len = strspn(s, "0123456789");
	int64_t value;

	if (len == 0 || len >= sizeof(digits))
		return false;
	memcpy(digits, s, len);
	digits[len] = '\0';
	if (!str_to_int(digits, 0, INT64_MAX / 86400000, &value))
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (str_eq(s + len, units[i].suffix)) {
			*out = value * units[i].ms;
			return true;
		}
	}
	return false;
}

static unsigned int least(unsigned int a, unsigned int b, unsigned int c)
{
	unsigned int min = a < b ? a : b;

	return min < c ? min : c;
}

unsigned int str_distance(const char *a, const char *b)
{
	enum { MOST = 64 };
	size_t la = strlen(a), lb = strlen(b);
	unsigned int rows[3][MOST + 1]; /* the row before last, the last row, this row */

	if (la > MOST || lb > MOST)
		return MOST;
	for (size_t j = 0; j <= lb; j++)
		rows[1][j] = (unsigned int)j;
	for (size_t i = 1; i <= la; i++) {
		rows[2][0] = (unsigned int)i;
		for (size_t j = 1; j <= lb; j++) {
			rows[2][j] = least(rows[1][j] + 1, rows[2][j - 1] + 1,
					   rows[1][j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    rows[0][j - 2] + 1 < rows[2][j])
				rows[2][j] = rows[0][j - 2] + 1;
		}
		memcpy(rows[0], rows[1], sizeof(rows[0]));
		memcpy(rows[1], rows[2], sizeof(rows[1]));
	}
	return rows[1][lb];
}

const char *str_nearest(const char *word, const char *const *candidates, unsigned int most)
{
	const char *nearest = NULL;

	for (; *candidates; candidates++) {
		unsigned int distance = str_distance(word, *candidates);

		if (distance <= most) {
			nearest = *candidates;
			most = distance ? distance - 1 : 0;
			if (distance == 0)
				break;
		}
	}
	return nearest;
}

/* Length of the well-formed sequence at p, 0 when there is none. */
static size_t utf8_sequence(const unsigned char *p, size_t left)
{
	static const struct {
		unsigned char mask, lead;
		size_t len;
		uint32_t least;
	} forms[] = {
		{ 0x80, 0x00, 1, 0x1 },
		{ 0xe0, 0xc0, 2, 0x80 },
		{ 0xf0, 0xe0, 3, 0x800 },
		{ 0xf8, 0xf0, 4, 0x10000 },
	};

	for (size_t f = 0; f < sizeof(forms) / sizeof(forms[0]); f++) {
		uint32_t c = p[0] & (unsigned char)~forms[f].mask;

		if ((p[0] & forms[f].mask) != forms[f].lead)
			continue;
		if (left < forms[f].len)
			return 0;
		for (size_t i = 1; i < forms[f].len; i++) {
			if ((p[i] & 0xc0) != 0x80)
				return 0;
			c = c << 6 | (p[i] & 0x3f);
		}
		if (c < forms[f].least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
			return 0;
		return forms[f].len;
	}
	return 0;
}

bool str_is_utf8(const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s;

	while (len) {
		size_t used = utf8_sequence(p, len);

		if (!used)
			return false;
		p += used;
		len -= used;
	}
	return true;
}

void str_cut_utf8(char *s)
{
	size_t len = strlen(s), start = len;

	while (start > 0 && ((unsigned char)s[start - 1] & 0xc0) == 0x80)
		start--;
	if (start > 0 && !utf8_sequence((unsigned char *)s + start - 1, len - start + 1))
		s[start - 1] = '\0';
}

void str_make_plain(char *s)
{
	for (; *s; s++) {
		if (*s < ' ' || *s > '~')
			*s = '?';
	}
}

size_t str_utf8_length(const char *s)
{
	size_t length = 0;

	for (; *s; s++)
		length += (*s & 0xc0) != 0x80;
	return length;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool str_unescape(char *s)
{
	char *from = s, *to = s;

	while (*from) {
		int high, low;

		if (*from != '%') {
			*to++ = *from++;
			continue;
		}
		high = hex_digit(from[1]);
		low = high < 0 ? -1 : hex_digit(from[2]);
		if (low < 0)
			return false;
		*to++ = (char)(high << 4 | low);
		from += 3;
	}
	*to = '\0';
	return str_is_utf8(s, (size_t)(to - s));
}

bool str_eq_secret(const char *a, const char *b)
{
	size_t len = strlen(a);

	return len == strlen(b) && sodium_memcmp(a, b, len) == 0;
}
