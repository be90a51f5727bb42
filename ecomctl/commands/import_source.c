/* Rows from a CSV or NDJSON stream, one at a time. */
#include <errno.h>
#include <stdlib.h>

#include "ecomctl/commands/import.h"
#include "ecomctl/output/csv.h"
#include "lib/base/csv.h"
#include "lib/base/json.h"
#include "lib/base/str.h"

enum { LINE_MAX_BYTES = 1 << 20 };

struct import_source {
	struct cli *cli;
	FILE *stream;
	const char *name;
	const char *currency;
	struct csv_reader *csv; /* NULL: NDJSON */
	struct import_map *map;
	char *header;
	char *line; /* of NDJSON, as getline() keeps it */
	size_t cap;
	size_t lines;
	bool ended;
	/* The row in hand: read, and not yet in a chunk. */
	bool in_hand;
	struct csv_record record;
	enum csv_read status;
	size_t len; /* of line */
};

/* The cells that are the user's, as CSV. */
static void add_cells(const struct import_source *source, struct buf *out, const char *const *cells,
		      size_t count)
{
	bool first = true;

	for (size_t i = 0; i < count; i++) {
		if (!import_map_is_ours(source->map, i))
			continue;
		if (!first)
			buf_addc(out, ',');
		first = false;
		csv_add_cell(out, cells[i], strlen(cells[i]));
	}
}

static bool fail_reading(struct import_source *source, size_t line, const char *why)
{
	source->ended = true;
	if (cli_interrupted()) /* the signal ended the read, and is told later */
		return false;
	cli_fail(source->cli, EXIT_FAILED, NULL, "%s cannot be read: %s", source->name, why);
	cli_fail_at(source->cli, "%s:%zu", source->name, line);
	return false;
}

static bool open_csv(struct import_source *source)
{
	static const struct {
		const char *name;
		char delimiter;
	} delimiters[] = { { "comma", ',' }, { "semicolon", ';' }, { "tab", '\t' } };
	const char *chosen = cli_text(source->cli, "delimiter");
	char delimiter = ',';
	struct csv_record *header = &source->record;
	struct buf text = BUF_INIT(0);
	enum csv_read status;

	for (size_t i = 0; chosen && i < array_size(delimiters); i++) {
		if (str_eq(delimiters[i].name, chosen))
			delimiter = delimiters[i].delimiter;
	}
	source->csv = csv_reader_open(source->stream, delimiter);
	status = csv_reader_next(source->csv, header);
	if (status != CSV_READ_RECORD)
		return fail_reading(source, 1,
				    status == CSV_READ_END ? "it is empty" : header->error);
	source->map = import_map_open(source->cli, header->cells, header->ncells, source->currency);
	if (!source->map) {
		cli_fail_at(source->cli, "%s:%zu", source->name, header->line);
		return false;
	}
	add_cells(source, &text, header->cells, header->ncells);
	source->header = buf_steal(&text);
	return true;
}

static bool is_ndjson(struct import_source *source)
{
	const char *format = cli_text(source->cli, "format");
	int c;

	if (format)
		return str_eq(format, "ndjson");
	c = getc(source->stream);
	ungetc(c, source->stream);
	return c == '{';
}

struct import_source *import_source_open(struct cli *cli, FILE *stream, const char *name)
{
	struct import_source *source = xcalloc(1, sizeof(*source));

	source->cli = cli;
	source->stream = stream;
	source->name = name;
	source->currency = cli_text(cli, "currency");
	if (is_ndjson(source) || open_csv(source))
		return source;
	import_source_close(source);
	return NULL;
}

void import_source_close(struct import_source *source)
{
	if (!source)
		return;
	csv_reader_close(source->csv);
	import_map_free(source->map);
	free(source->header);
	free(source->line);
	free(source);
}

bool import_source_ended(const struct import_source *source)
{
	return source->ended;
}

const char *import_source_header(const struct import_source *source)
{
	return source->header;
}

static bool read_csv(struct import_source *source)
{
	source->status = csv_reader_next(source->csv, &source->record);
	if (source->status == CSV_READ_FAILED)
		return fail_reading(source, source->record.line, source->record.error);
	source->ended = source->status == CSV_READ_END;
	return !source->ended;
}

/* The next line that is not blank. */
static bool read_line(struct import_source *source)
{
	ssize_t len;

	errno = 0;
	while ((len = getline(&source->line, &source->cap, source->stream)) >= 0) {
		source->lines++;
		while (len > 0 && strchr(" \t\r\n", source->line[len - 1]))
			len--;
		source->line[len] = '\0';
		source->len = (size_t)len;
		if (len > LINE_MAX_BYTES)
			return fail_reading(source, source->lines, "the line is too long");
		if (len > 0)
			return true;
	}
	if (ferror(source->stream))
		return fail_reading(source, source->lines, strerror(errno));
	source->ended = true;
	return false;
}

/* The row in hand as a product; what is wrong with it goes to row. */
static json_t *convert(struct import_source *source, struct import_chunk *chunk,
		       struct import_row *row)
{
	struct buf text = BUF_INIT(0);

	if (!source->csv) {
		row->line = source->lines;
		row->original = arena_strndup(&chunk->arena, source->line, source->len);
		return import_object(source->line, source->len, source->currency, &chunk->arena,
				     &row->code, &row->error);
	}
	row->line = source->record.line;
	if (source->status == CSV_READ_BAD) {
		row->original = "";
		row->code = "invalid_csv";
		row->error = arena_strdup(&chunk->arena, source->record.error);
		return NULL;
	}
	add_cells(source, &text, source->record.cells, source->record.ncells);
	row->original = arena_strndup(&chunk->arena, text.data ? text.data : "", text.len);
	buf_free(&text);
	return import_map_row(source->map, source->record.cells, source->record.ncells,
			      &chunk->arena, &row->code, &row->error);
}

/* FNV-1a: only to see quickly that two chunks have nothing in common. */
static uint64_t hash_of(const char *s)
{
	uint64_t hash = 14695981039346656037u;

	for (; *s; s++)
		hash = (hash ^ (unsigned char)*s) * 1099511628211u;
	return hash;
}

static int take_bytes(const char *data, size_t len, void *body)
{
	return buf_add(body, data, len) ? 0 : -1;
}

static bool add_product(struct import_chunk *chunk, const json_t *product)
{
	size_t before = chunk->body.len;

	if (json_dump_callback(product, take_bytes, &chunk->body, JSON_COMPACT) < 0 ||
	    !buf_addc(&chunk->body, '\n')) {
		chunk->body.len = before;
		chunk->body.overflow = false;
		return false;
	}
	chunk->names[chunk->nsent] = hash_of(json_get_string(product, "sku", ""));
	chunk->sent[chunk->nsent++] = chunk->nrows;
	return true;
}

bool import_source_next(struct import_source *source, struct import_chunk *chunk)
{
	struct import_row *row = &chunk->rows[chunk->nrows];
	json_t *product scoped(scoped_json) = NULL;

	if (chunk->nrows == IMPORT_ROWS_MAX)
		return false;
	if (!source->in_hand && !(source->csv ? read_csv(source) : read_line(source)))
		return false;
	source->in_hand = false;
	*row = (struct import_row){ 0 };
	product = convert(source, chunk, row);
	if (product && !add_product(chunk, product)) {
		source->in_hand = true;
		return false;
	}
	chunk->nrows++;
	return true;
}
