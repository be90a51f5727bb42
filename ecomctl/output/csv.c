/* -o csv: RFC 4180 with LF, the column names as header. */
#include "ecomctl/output/csv.h"

#include <string.h>

#include "ecomctl/output/format.h"
#include "lib/term/escape.h"

/* Quotes where RFC 4180 asks for it, and around spaces at the ends, which readers like to trim. */
static bool needs_quotes(const char *text, size_t len)
{
	if (len == 0)
		return false;
	return memchr(text, ',', len) || memchr(text, '"', len) || memchr(text, '\n', len) ||
	       memchr(text, '\r', len) || text[0] == ' ' || text[len - 1] == ' ';
}

void csv_add_cell(struct buf *out, const char *text, size_t len)
{
	if (!needs_quotes(text, len)) {
		buf_add(out, text, len);
		return;
	}
	buf_addc(out, '"');
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '"')
			buf_addc(out, '"');
		buf_addc(out, text[i]);
	}
	buf_addc(out, '"');
}

static void csv_begin(struct output *output)
{
	if (!output->options.headings)
		return;
	for (size_t i = 0; i < output->ncolumns; i++) {
		const char *name = output->columns[i]->name;

		if (i)
			buf_addc(&output->pending, ',');
		csv_add_cell(&output->pending, name, strlen(name));
	}
	buf_addc(&output->pending, '\n');
}

/* Files get the bytes as they are; nobody's terminal does. */
static void csv_record(struct output *output, const json_t *record)
{
	struct buf cell = BUF_INIT(0), shown = BUF_INIT(0);
	const struct buf *text = output->options.terminal ? &shown : &cell;

	for (size_t i = 0; i < output->ncolumns; i++) {
		buf_clear(&cell);
		buf_clear(&shown);
		value_plain(&cell, output->columns[i], value_find(record, output->columns[i]));
		if (output->options.terminal && cell.len)
			term_escape(&shown, cell.data, cell.len);
		if (i)
			buf_addc(&output->pending, ',');
		csv_add_cell(&output->pending, text->data ? text->data : "", text->len);
	}
	buf_addc(&output->pending, '\n');
	buf_free(&cell);
	buf_free(&shown);
}

static void nothing(struct output *output)
{
	(void)output;
}

const struct output_format output_csv = { "csv", csv_begin, csv_record, nothing };
