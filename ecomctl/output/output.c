/* Output: choosing columns, collecting bytes, writing them. */
#include "ecomctl/output/output.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ecomctl/cli.h"
#include "ecomctl/output/format.h"
#include "lib/base/buf.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/term/escape.h"

enum { FLUSH_AT = 64 << 10 };

static const struct output_format *const formats[] = { &output_table, &output_json, &output_ndjson,
						       &output_csv, &output_name };

const char *const output_formats[] = { "table", "json", "ndjson", "csv", "name", NULL };

const struct output_format *output_format_find(const char *name)
{
	for (size_t i = 0; i < array_size(formats); i++) {
		if (str_eq(formats[i]->name, name))
			return formats[i];
	}
	return NULL;
}

static const struct column *column_find(const struct column *columns, const char *name, size_t len)
{
	for (; columns && columns->name; columns++) {
		if (strlen(columns->name) == len && memcmp(columns->name, name, len) == 0)
			return columns;
	}
	return NULL;
}

bool output_fields_check(const char *fields, const struct column *columns, char **unknown)
{
	for (const char *name = fields; *name; name += *name == ',') {
		size_t len = strcspn(name, ",");

		if (!column_find(columns, name, len)) {
			*unknown = xstrndup(name, len);
			return false;
		}
		name += len;
	}
	return true;
}

struct output *output_open(const struct output_options *options)
{
	struct output *output = xcalloc(1, sizeof(*output));

	output->options = *options;
	return output;
}

static void flush(struct output *output)
{
	const char *data = output->pending.data;
	size_t left = output->pending.len;

	while (left && !output->failed) {
		ssize_t done = write(output->options.fd, data, left);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0) {
			output->failed = true;
			output->error = errno;
			break;
		}
		data += done;
		left -= (size_t)done;
	}
	buf_clear(&output->pending);
}

void output_flush_some(struct output *output)
{
	if (output->pending.len >= FLUSH_AT)
		flush(output);
}

bool output_close(struct output *output)
{
	bool ok;

	flush(output);
	ok = !output->failed;
	errno = output->error;
	buf_free(&output->pending);
	for (size_t i = 0; i < output->ncolumns; i++)
		free((void *)(uintptr_t)output->columns[i]);
	free(output->options.fields);
	free(output);
	return ok;
}

bool output_failed(const struct output *output)
{
	return output->failed;
}

/* A copy with its heading filled in, so that the formats need not care. */
static void take_column(struct output *output, const struct column *column)
{
	size_t len = strlen(column->name);
	struct column *copy = xcalloc(1, sizeof(*copy) + len + 1);
	char *heading = (char *)(copy + 1);

	if (output->ncolumns == OUTPUT_COLUMNS_MAX)
		abort();
	*copy = *column;
	for (size_t i = 0; i < len; i++)
		heading[i] = column->name[i] == '_' ? ' ' : (char)toupper(column->name[i]);
	if (!copy->heading)
		copy->heading = heading;
	output->columns[output->ncolumns++] = copy;
}

static void choose_columns(struct output *output, const struct column *columns)
{
	const char *fields = output->options.fields;
	bool all = output->options.format != &output_table || output->shape == OUTPUT_DESCRIBE;

	output->chosen = fields && *fields;
	for (const char *name = fields; output->chosen && *name; name += *name == ',') {
		size_t len = strcspn(name, ",");
		const struct column *column = column_find(columns, name, len);

		if (column)
			take_column(output, column);
		name += len;
	}
	for (; !output->chosen && columns && columns->name; columns++) {
		if (all || !columns->detail)
			take_column(output, columns);
	}
}

void output_begin(struct output *output, enum output_shape shape, const struct column *columns,
		  const char *identity)
{
	output->shape = shape;
	output->identity = identity;
	choose_columns(output, columns);
	output->options.format->begin(output);
}

void output_record(struct output *output, const json_t *record)
{
	output->options.format->record(output, record);
	output->count++;
	output_flush_some(output);
}

void output_end(struct output *output)
{
	output->options.format->end(output);
	flush(output);
}

void output_flush(struct output *output)
{
	if (output->options.format->flush)
		output->options.format->flush(output);
	flush(output);
}

void output_text(struct output *output, const char *text, size_t len)
{
	struct buf shown = BUF_INIT(0);

	if (!isatty(STDOUT_FILENO)) {
		output_raw(output, text, len);
		return;
	}
	while (len > 0) {
		const char *end = memchr(text, '\n', len);
		size_t line = end ? (size_t)(end - text) : len;

		term_escape(&shown, text, line);
		if (end)
			buf_addc(&shown, '\n');
		text += line + (end != NULL);
		len -= line + (end != NULL);
	}
	if (shown.len)
		output_raw(output, shown.data, shown.len);
	buf_free(&shown);
}

void output_raw(struct output *output, const void *data, size_t len)
{
	buf_add(&output->pending, data, len);
	output_flush_some(output);
}
