/* Strings: comparing, checked numbers, distance, UTF-8. */
#ifndef ECOM_LIB_BASE_STR_H
#define ECOM_LIB_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline bool str_eq(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

bool str_has_prefix(const char *s, const char *prefix);
bool str_has_suffix(const char *s, const char *suffix);

/* The whole string as a decimal number within [min, max]; false leaves *out alone. */
bool str_to_int(const char *s, int64_t min, int64_t max, int64_t *out);

/* "500", "500ms", "30s", "15m", "12h", "7d" as milliseconds; false when it is none of these. */
bool str_to_ms(const char *s, int64_t *out);

/* Edits (insert, remove, replace, swap of neighbours) between a and b; for "did you mean". */
unsigned int str_distance(const char *a, const char *b);

/* The candidate nearest to word within `most` edits, or NULL. candidates ends with NULL. */
const char *str_nearest(const char *word, const char *const *candidates, unsigned int most);

/* Well-formed UTF-8 (RFC 3629: shortest form, no surrogates, at most U+10FFFF) without U+0000. */
bool str_is_utf8(const char *s, size_t len);

/* Takes what is left of a code point off the end of a string that was cut to a number of bytes. */
void str_cut_utf8(char *s);

/* Writes a ? over each byte that is not printable ASCII. */
void str_make_plain(char *s);

/* Code points in a well-formed UTF-8 string. */
size_t str_utf8_length(const char *s);

/* Decodes %41 in place. False, with s in any state, when an escape is malformed or the result is not
 * UTF-8 or has U+0000. */
bool str_unescape(char *s);

/* Equal for secrets: takes the same time wherever they differ. */
bool str_eq_secret(const char *a, const char *b);

#endif
