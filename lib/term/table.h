/*
 * A table on a terminal: columns as wide as what is in them, fitted to the terminal by dropping
 * the least important ones. A row is never wrapped.
 */
#ifndef ECOM_LIB_TERM_TABLE_H
#define ECOM_LIB_TERM_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"
#include "lib/term/color.h"

#define TABLE_COLUMNS_MAX     32
#define TABLE_CELL_SOFT       40 /* cells; a longer text does not push other columns out */
#define TABLE_CELL_SOFT_LEAST 16 /* the same on a narrow terminal */

struct table_column {
	const char *heading;
	bool right;   /* numbers */
	int priority; /* the highest is dropped first; 0 stays */
};

struct table;

/* `width` in cells, 0: no limit. At most TABLE_COLUMNS_MAX columns; they outlive the table. */
struct table *table_new(const struct table_column *columns, size_t count, int width);
void table_free(struct table *table);

/* The next cell, left to right, row by row. Text is copied and must be escaped already. */
void table_add(struct table *table, const char *text, enum color color);

/*
 * Appends the rows collected so far to out and forgets them. The first call fixes the widths and,
 * with `headings`, starts with them; so a long list can be written piece by piece.
 */
void table_render(struct table *table, bool headings, bool colors, struct buf *out);

#endif
