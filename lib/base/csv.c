/* libcsv cuts cells; lines, limits, encoding and recovery after a bad record are ours. */
#include "lib/base/csv.h"

#include <csv.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/str.h"

#define BLOCK_SIZE (64 << 10)

struct csv_reader {
	FILE *stream;
	char delimiter;
	struct csv_parser parser;
	char block[BLOCK_SIZE];
	size_t used, filled; /* bytes of the block: parsed, read */
	bool started;        /* the byte order mark was looked for */
	bool after_cr;       /* a LF now belongs to the CR before it */
	size_t line;         /* of the next byte */
	size_t columns;      /* of the header; 0: not read yet */

	/* The record in the making. */
	size_t first_line; /* 0: no byte yet */
	size_t bytes;
	bool complete;
	const char *fault;
	struct buf text; /* the cells, each with its NUL */
	size_t ncells;
	size_t offsets[CSV_CELLS_MAX];
	const char *cells[CSV_CELLS_MAX];
};

/* RFC 4180: "Spaces are considered part of a field". */
static int no_space(unsigned char c)
{
	(void)c;
	return 0;
}

static void start_parser(struct csv_reader *reader)
{
	/* It fails for an impossible size of its struct only. */
	csv_init(&reader->parser, CSV_STRICT | CSV_STRICT_FINI);
	csv_set_delim(&reader->parser, (unsigned char)reader->delimiter);
	csv_set_space_func(&reader->parser, no_space);
}

struct csv_reader *csv_reader_open(FILE *stream, char delimiter)
{
	struct csv_reader *reader = xcalloc(1, sizeof(*reader));

	reader->stream = stream;
	reader->delimiter = delimiter;
	reader->line = 1;
	start_parser(reader);
	return reader;
}

void csv_reader_close(struct csv_reader *reader)
{
	if (!reader)
		return;
	csv_free(&reader->parser);
	buf_free(&reader->text);
	free(reader);
}

static void on_cell(void *data, size_t len, void *arg)
{
	struct csv_reader *reader = arg;

	if (reader->ncells == CSV_CELLS_MAX) {
		reader->fault = "too many cells";
		return;
	}
	if (!str_is_utf8(data ? data : "", len))
		reader->fault = "not UTF-8 text";
	reader->offsets[reader->ncells++] = reader->text.len;
	buf_add(&reader->text, data ? data : "", len);
	buf_addc(&reader->text, '\0');
}

static void on_record(int c, void *arg)
{
	struct csv_reader *reader = arg;

	(void)c;
	reader->complete = true;
}

/* A line at a time, so that what came through a pipe is worked on before more comes. False at the
 * end of the input. */
static bool fill(struct csv_reader *reader)
{
	int c;

	reader->used = 0;
	reader->filled = 0;
	while (reader->filled < sizeof(reader->block) &&
	       (c = getc_unlocked(reader->stream)) != EOF) {
		reader->block[reader->filled++] = (char)c;
		if (c == '\n')
			break;
	}
	if (!reader->started && reader->filled >= 3 &&
	    memcmp(reader->block, "\xEF\xBB\xBF", 3) == 0)
		reader->used = 3;
	reader->started = true;
	return reader->used < reader->filled;
}

/* The bytes up to and with the next end of line, or what the block has of them. */
static const char *next_piece(struct csv_reader *reader, size_t *len)
{
	const char *piece;
	size_t n = 0, left;

	if (reader->used == reader->filled && !fill(reader))
		return NULL;
	piece = reader->block + reader->used;
	left = reader->filled - reader->used;
	while (n < left && piece[n] != '\n' && piece[n] != '\r')
		n++;
	*len = n < left ? n + 1 : n;
	reader->used += *len;
	return piece;
}

static bool ends_line(const char *piece, size_t len)
{
	return piece[len - 1] == '\n' || piece[len - 1] == '\r';
}

static void count_line(struct csv_reader *reader, const char *piece, size_t len)
{
	bool is_second_half = reader->after_cr && len == 1 && piece[0] == '\n';

	if (ends_line(piece, len) && !is_second_half)
		reader->line++;
	reader->after_cr = piece[len - 1] == '\r';
}

static enum csv_read answer(struct csv_reader *reader, struct csv_record *record,
			    enum csv_read status, const char *error)
{
	*record = (struct csv_record){ .line = reader->first_line, .error = error };
	/* Without a header nothing that follows has a meaning. */
	return status == CSV_READ_BAD && !reader->columns ? CSV_READ_FAILED : status;
}

/* libcsv cannot go on after an error: start again on the next line. */
static enum csv_read skip_line(struct csv_reader *reader, struct csv_record *record, bool at_end)
{
	const char *piece;
	size_t len;

	while (!at_end && (piece = next_piece(reader, &len))) {
		at_end = ends_line(piece, len);
		count_line(reader, piece, len);
	}
	csv_free(&reader->parser);
	start_parser(reader);
	return answer(reader, record, CSV_READ_BAD,
		      "a quote inside a cell: quote the whole cell and double the quotes in it");
}

static enum csv_read finish(struct csv_reader *reader, struct csv_record *record)
{
	if (reader->fault)
		return answer(reader, record, CSV_READ_BAD, reader->fault);
	if (!reader->columns)
		reader->columns = reader->ncells;
	if (reader->ncells != reader->columns)
		return answer(reader, record, CSV_READ_BAD,
			      reader->ncells < reader->columns ? "fewer cells than the header"
							       : "more cells than the header");
	for (size_t i = 0; i < reader->ncells; i++)
		reader->cells[i] = reader->text.data + reader->offsets[i];
	*record = (struct csv_record){ .line = reader->first_line,
				       .ncells = reader->ncells,
				       .cells = reader->cells };
	return CSV_READ_RECORD;
}

static enum csv_read end_of_input(struct csv_reader *reader, struct csv_record *record)
{
	if (ferror(reader->stream)) {
		reader->first_line = reader->line;
		return answer(reader, record, CSV_READ_FAILED, strerror(errno));
	}
	if (csv_fini(&reader->parser, on_cell, on_record, reader) != 0)
		return answer(reader, record, CSV_READ_FAILED,
			      "a quoted cell of the record that starts here has no end");
	if (reader->complete)
		return finish(reader, record);
	return answer(reader, record, CSV_READ_END, NULL);
}

enum csv_read csv_reader_next(struct csv_reader *reader, struct csv_record *record)
{
	const char *piece;
	size_t len;

	reader->first_line = reader->bytes = reader->ncells = 0;
	reader->complete = false;
	reader->fault = NULL;
	buf_clear(&reader->text);
	while (!reader->complete) {
		size_t line = reader->line;

		piece = next_piece(reader, &len);
		if (!piece)
			return end_of_input(reader, record);
		count_line(reader, piece, len);
		if (!reader->first_line && !(len == 1 && ends_line(piece, len)))
			reader->first_line = line;
		reader->bytes += len;
		if (reader->bytes > CSV_RECORD_MAX)
			return answer(
				reader, record, CSV_READ_FAILED,
				"the record that starts here is longer than 1 MiB: is the end "
				"of a quoted cell missing?");
		if (csv_parse(&reader->parser, piece, len, on_cell, on_record, reader) != len)
			return skip_line(reader, record, ends_line(piece, len));
	}
	return finish(reader, record);
}
