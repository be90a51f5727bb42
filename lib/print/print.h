/*
 * Pages for a printer: A4 as PDF, by pango and cairo. Positions and sizes are points (1/72 inch) from the
 * upper left corner.
 *
 * Texts are texts: nothing in them is markup. Scripts that the first font lacks come from other fonts of
 * this machine. The same calls make the same bytes as long as the fonts and libraries are the same.
 *
 * A struct print belongs to one thread, and shares nothing with those of others.
 */
#ifndef ECOM_LIB_PRINT_PRINT_H
#define ECOM_LIB_PRINT_PRINT_H

#include <stdbool.h>
#include <stddef.h>

#define PRINT_WIDTH  595.28
#define PRINT_HEIGHT 841.89

struct print;

/* What the file says of itself. */
struct print_info {
	const char *title, *author;
	const char *created; /* RFC 3339 */
	const char
		*language; /* "en": which glyphs Chinese characters have, and where words break */
};

enum print_align { PRINT_LEFT, PRINT_RIGHT };

struct print_style {
	double size;
	bool bold;
	double gray; /* 0 black .. 1 white */
	enum print_align align;
	bool fit; /* one line, as small as it must be to fit; else as many lines as it takes */
};

/* Without `draw` nothing is kept: a first run that counts pages. */
struct print *print_new(const struct print_info *info, bool draw);

/* Writes the text into a column of this width; answers its height. */
double print_text(struct print *print, double x, double y, double width,
		  const struct print_style *style, const char *text);

/* The height that print_text() would answer. */
double print_height(struct print *print, double width, const struct print_style *style,
		    const char *text);

void print_rule(struct print *print, double x, double y, double width, double thickness,
		double gray);

/* Ends the page and begins another. */
void print_next_page(struct print *print);
int print_pages(const struct print *print); /* begun so far */

/* Ends and frees it. The malloc'ed PDF; NULL when nothing was drawn, or with *why (a constant). */
void *print_finish(struct print *print, size_t *len, const char **why);

#endif
