/* A table on a terminal. */
#include "lib/term/table.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/mem.h"
#include "lib/term/width.h"

enum {
	GAP = 2,       /* cells between columns */
	NARROWEST = 4, /* a column that stays is not squeezed below this */
};

static const char ELLIPSIS[] = "\xe2\x80\xa6";

struct cell {
	const char *text;
	size_t len;
	int width;
	enum color color;
};

struct table {
	const struct table_column *columns;
	size_t count;
	int limit;
	int natural[TABLE_COLUMNS_MAX]; /* the widest cell */
	int width[TABLE_COLUMNS_MAX];   /* as fitted; -1: dropped */
	bool fitted;
	struct arena arena; /* texts */
	struct cell *cells;
	size_t ncells, cap;
};

struct table *table_new(const struct table_column *columns, size_t count, int width)
{
	struct table *table = xcalloc(1, sizeof(*table));

	if (count > TABLE_COLUMNS_MAX)
		abort();
	table->columns = columns;
	table->count = count;
	table->limit = width;
	for (size_t i = 0; i < count; i++)
		table->natural[i] = term_width(columns[i].heading, strlen(columns[i].heading));
	return table;
}

void table_free(struct table *table)
{
	if (!table)
		return;
	arena_free(&table->arena);
	free(table->cells);
	free(table);
}

void table_add(struct table *table, const char *text, enum color color)
{
	size_t len = strlen(text), column = table->ncells % table->count;
	struct cell *cell;

	if (table->ncells == table->cap) {
		table->cap = table->cap ? 2 * table->cap : 256;
		table->cells = xrealloc(table->cells, table->cap * sizeof(*table->cells));
	}
	cell = &table->cells[table->ncells++];
	cell->text = arena_strndup(&table->arena, text, len);
	cell->len = len;
	cell->width = term_width(text, len);
	cell->color = color;
	if (cell->width > table->natural[column])
		table->natural[column] = cell->width;
}

static int total_width(const struct table *table)
{
	int total = -GAP;

	for (size_t i = 0; i < table->count; i++) {
		if (table->width[i] >= 0)
			total += table->width[i] + GAP;
	}
	return total;
}

/* The column to drop next: the highest priority, of equal ones the rightmost. count: none. */
static size_t least_important(const struct table *table)
{
	size_t found = table->count;

	for (size_t i = 0; i < table->count; i++) {
		if (table->width[i] < 0 || table->columns[i].priority == 0)
			continue;
		if (found == table->count ||
		    table->columns[i].priority >= table->columns[found].priority)
			found = i;
	}
	return found;
}

static size_t widest(const struct table *table)
{
	size_t found = 0;

	for (size_t i = 1; i < table->count; i++) {
		if (table->width[i] > table->width[found])
			found = i;
	}
	return found;
}

/* Gives what is left of the line back to the columns that were held at the soft limit. */
static void give_back(struct table *table)
{
	int spare = table->limit - total_width(table);

	for (size_t i = 0; i < table->count && spare > 0; i++) {
		int want = table->natural[i] - table->width[i];

		if (table->width[i] < 0 || want <= 0)
			continue;
		want = want < spare ? want : spare;
		table->width[i] += want;
		spare -= want;
	}
}

/* A long text does not push other columns out, on a narrow terminal even less. */
static int soft_limit(const struct table *table)
{
	int share = table->limit * 2 / 5;

	if (share > TABLE_CELL_SOFT)
		return TABLE_CELL_SOFT;
	return share > TABLE_CELL_SOFT_LEAST ? share : TABLE_CELL_SOFT_LEAST;
}

static void fit(struct table *table)
{
	int soft = soft_limit(table);
	size_t victim;

	table->fitted = true;
	memcpy(table->width, table->natural, sizeof(table->width));
	if (table->limit == 0)
		return;
	for (size_t i = 0; i < table->count; i++) {
		if (table->width[i] > soft)
			table->width[i] = soft;
	}
	while (total_width(table) > table->limit &&
	       (victim = least_important(table)) < table->count)
		table->width[victim] = -1;
	while (total_width(table) > table->limit && table->width[widest(table)] > NARROWEST)
		table->width[widest(table)]--;
	give_back(table);
}

static void pad(struct buf *out, int cells)
{
	while (cells-- > 0)
		buf_addc(out, ' ');
}

static void add_text(struct buf *out, const struct cell *cell, int width, int *used)
{
	size_t len;

	if (cell->width <= width) {
		*used = cell->width;
		buf_add(out, cell->text, cell->len);
		return;
	}
	len = term_clip(cell->text, cell->len, width - 1, used);
	buf_add(out, cell->text, len);
	buf_adds(out, ELLIPSIS);
	*used += 1;
}

static void render_row(const struct table *table, const struct cell *cells, bool colors,
		       struct buf *out)
{
	int owed = 0; /* blanks before the next text: none at the end of a line */

	for (size_t i = 0; i < table->count; i++) {
		int width = table->width[i], used;
		bool colored = colors && cells[i].color != COLOR_NONE;

		if (width < 0)
			continue;
		used = cells[i].width < width ? cells[i].width : width;
		if (cells[i].len) {
			pad(out, owed + (table->columns[i].right ? width - used : 0));
			owed = table->columns[i].right ? used - width : 0;
			if (colored)
				buf_adds(out, color_start(cells[i].color));
			add_text(out, &cells[i], width, &used);
			if (colored)
				buf_adds(out, COLOR_OFF);
		}
		owed += width - (cells[i].len ? used : 0) + GAP;
	}
	buf_addc(out, '\n');
}

static void render_headings(const struct table *table, bool colors, struct buf *out)
{
	struct cell cells[TABLE_COLUMNS_MAX];

	for (size_t i = 0; i < table->count; i++) {
		const char *heading = table->columns[i].heading;

		cells[i] = (struct cell){ heading, strlen(heading),
					  term_width(heading, strlen(heading)), COLOR_BOLD };
	}
	render_row(table, cells, colors, out);
}

void table_render(struct table *table, bool headings, bool colors, struct buf *out)
{
	if (!table->fitted) {
		fit(table);
		if (headings)
			render_headings(table, colors, out);
	}
	for (size_t i = 0; i + table->count <= table->ncells; i += table->count)
		render_row(table, &table->cells[i], colors, out);
	table->ncells = 0;
	arena_reset(&table->arena);
}
