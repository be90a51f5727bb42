/*
 * Text from others made safe to show: what would move the cursor, change colours or reverse the
 * reading order (CVE-2021-25743, CVE-2021-42574) becomes visible.
 */
#ifndef ECOM_LIB_TERM_ESCAPE_H
#define ECOM_LIB_TERM_ESCAPE_H

#include <stddef.h>

#include "lib/base/buf.h"

/*
 * Appends `len` bytes with \n, \t, \r and \xNN for C0 controls, DEL and bytes that are not UTF-8,
 * \uNNNN for C1 controls, bidi controls, line separators and the byte order mark.
 */
void term_escape(struct buf *out, const char *s, size_t len);

/* The same as a string that the caller frees. */
char *term_escaped(const char *s);

/*
 * Appends JSON text with \uNNNN for DEL and for what term_escape() shows so: JSON writers leave
 * these as they are. It stays the same JSON (RFC 8259 section 7).
 */
void term_escape_json(struct buf *out, const char *s, size_t len);

#endif
