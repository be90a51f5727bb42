/*
 * How many cells text takes on a terminal, by grapheme: what people see as one character is never
 * cut. Independent of the locale and of libc's tables, so that every machine lays out alike.
 */
#ifndef ECOM_LIB_TERM_WIDTH_H
#define ECOM_LIB_TERM_WIDTH_H

#include <stddef.h>
#include <stdint.h>

/*
 * One code point from UTF-8 of `len` > 0 bytes; returns its length. A byte that starts no
 * well-formed sequence gives UTF8_BAD and length 1.
 */
#define UTF8_BAD UINT32_MAX
size_t utf8_decode(const char *s, size_t len, uint32_t *code);

/* Length in bytes of the first grapheme; *cells gets its width (0, 1 or 2). len > 0. */
size_t term_grapheme(const char *s, size_t len, int *cells);

/* Cells of the whole text. Control characters and bad bytes count one: escape before. */
int term_width(const char *s, size_t len);

/* Bytes of the longest head of whole graphemes within `cells`; *used gets the cells it takes. */
size_t term_clip(const char *s, size_t len, int cells, int *used);

#endif
