/*
 * -o table: aligned and fitted on a terminal; elsewhere tab separated, all columns, nothing cut,
 * times as they are. The rows are the same.
 */
#include <stdlib.h>
#include <string.h>

#include "ecomctl/output/format.h"
#include "lib/base/mem.h"
#include "lib/term/escape.h"
#include "lib/term/table.h"
#include "lib/term/width.h"

enum { ROWS_AT_ONCE = 200 }; /* the first ones fix the widths, so that a long list streams */

static void render(struct output *output)
{
	table_render(output->table, output->options.headings, output->options.colors,
		     &output->pending);
}

static void start_fitted(struct output *output)
{
	output->headings = xcalloc(output->ncolumns, sizeof(*output->headings));
	for (size_t i = 0; i < output->ncolumns; i++) {
		const struct column *column = output->columns[i];

		output->headings[i] = (struct table_column){
			.heading = column->heading,
			.right = column->type == COLUMN_NUMBER || column->type == COLUMN_MONEY ||
				 column->type == COLUMN_BYTES,
			.priority = output->chosen ? 0 : column->priority,
		};
	}
	output->table = table_new(output->headings, output->ncolumns, output->options.width);
}

static void table_begin(struct output *output)
{
	if (output->shape == OUTPUT_DESCRIBE)
		return;
	if (output->options.terminal) {
		start_fitted(output);
		return;
	}
	for (size_t i = 0; output->options.headings && i < output->ncolumns; i++)
		buf_addf(&output->pending, "%s%s", i ? "\t" : "", output->columns[i]->heading);
	if (output->options.headings)
		buf_addc(&output->pending, '\n');
}

static void add_escaped(struct output *output, const struct column *column, const json_t *value)
{
	struct buf plain = BUF_INIT(0);

	value_plain(&plain, column, value);
	term_escape(&output->pending, plain.data ? plain.data : "", plain.len);
	buf_free(&plain);
}

static void describe(struct output *output, const json_t *record)
{
	bool terminal = output->options.terminal;
	int widest = 0;

	for (size_t i = 0; i < output->ncolumns; i++) {
		int width = (int)strlen(output->columns[i]->name);

		widest = width > widest ? width : widest;
	}
	for (size_t i = 0; i < output->ncolumns; i++) {
		const struct column *column = output->columns[i];
		const json_t *value = value_find(record, column);

		if (terminal) {
			buf_addf(&output->pending, "%s:%*s", column->name,
				 widest + 1 - (int)strlen(column->name), "");
			value_human(&output->pending, column, value);
		} else {
			buf_addf(&output->pending, "%s\t", column->name);
			add_escaped(output, column, value);
		}
		buf_addc(&output->pending, '\n');
	}
}

static void add_fitted(struct output *output, const json_t *record)
{
	struct buf cell = BUF_INIT(0);

	for (size_t i = 0; i < output->ncolumns; i++) {
		const struct column *column = output->columns[i];
		enum color color;

		buf_clear(&cell);
		color = value_human(&cell, column, value_find(record, column));
		table_add(output->table, cell.data ? cell.data : "", color);
	}
	buf_free(&cell);
	if (output->count % ROWS_AT_ONCE == ROWS_AT_ONCE - 1)
		render(output);
}

static void table_record(struct output *output, const json_t *record)
{
	if (output->shape == OUTPUT_DESCRIBE) {
		describe(output, record);
	} else if (output->table) {
		add_fitted(output, record);
	} else {
		for (size_t i = 0; i < output->ncolumns; i++) {
			if (i)
				buf_addc(&output->pending, '\t');
			add_escaped(output, output->columns[i],
				    value_find(record, output->columns[i]));
		}
		buf_addc(&output->pending, '\n');
	}
}

static void table_flush(struct output *output)
{
	if (output->table && output->count)
		render(output);
}

/* A table without rows has no heading either: nothing is what there is. */
static void table_end(struct output *output)
{
	if (!output->table)
		return;
	if (output->count)
		render(output);
	table_free(output->table);
	free(output->headings);
	output->table = NULL;
	output->headings = NULL;
}

const struct output_format output_table = { "table", table_begin, table_record, table_end,
					    table_flush };
