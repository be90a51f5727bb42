/* product import: the parts of it, for each other. */
#ifndef ECOM_ECOMCTL_IMPORT_H
#define ECOM_ECOMCTL_IMPORT_H

#include <stdio.h>

#include "ecomctl/command.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/uuid.h"

enum exit_code product_import(struct cli *cli);
extern const struct argument import_args[];
extern const struct flag import_flags[];
extern const struct column import_columns[];

enum { IMPORT_ROWS_MAX = 2000, IMPORT_BYTES_MAX = 4 << 20 };

/* A row of the input. What was wrong with it here or at the server makes it a reject. */
struct import_row {
	size_t line;
	const char *original; /* as CSV cells without line end, or as the NDJSON line */
	const char *code;     /* NULL: fine so far */
	const char *error;
};

/* Up to IMPORT_ROWS_MAX rows on their way; everything lives in the arena. */
struct import_chunk {
	struct arena arena;
	struct import_row rows[IMPORT_ROWS_MAX];
	size_t nrows;
	size_t sent[IMPORT_ROWS_MAX]; /* rows[sent[i]] is row i of the request */
	uint64_t
		names[IMPORT_ROWS_MAX]; /* hashes of the SKUs sent, sorted by import_chunk_seal() */
	size_t nsent;
	struct buf body; /* NDJSON */
	char key[UUID_SIZE + 64];
	struct api_request request;
	struct api_pending *pending; /* NULL: not under way */
};

void import_chunk_clear(struct import_chunk *chunk);
void import_chunk_free(struct import_chunk *chunk);

/* Fixes the content: the key is made of the import, the chunk's number and the content. */
void import_chunk_seal(struct import_chunk *chunk, const char *import_id, size_t number);

/* Whether both change the same product: then they must not be under way together. */
bool import_chunks_clash(const struct import_chunk *a, const struct import_chunk *b);

/* Where rows come from. */
struct import_source;
struct import_source *import_source_open(struct cli *cli, FILE *stream, const char *name);
void import_source_close(struct import_source *source);

/*
 * Adds the next row. False: the input is at its end, it cannot be read (a failure is recorded), or
 * the row did not fit: it comes again with the next chunk.
 */
bool import_source_next(struct import_source *source, struct import_chunk *chunk);
bool import_source_ended(const struct import_source *source);

/* The header for a file of rejects: CSV cells, or NULL for NDJSON. */
const char *import_source_header(const struct import_source *source);

/*
 * A product from CSV cells or from an NDJSON object, as the API takes it. NULL: *code and *error
 * (in the arena) say why not.
 */
struct import_map;
struct import_map *import_map_open(struct cli *cli, const char *const *header, size_t count,
				   const char *currency);
void import_map_free(struct import_map *map);
json_t *import_map_row(const struct import_map *map, const char *const *cells, size_t count,
		       struct arena *arena, const char **code, const char **error);
bool import_map_is_ours(const struct import_map *map, size_t column); /* not _line and the like */
json_t *import_object(const char *line, size_t len, const char *currency, struct arena *arena,
		      const char **code, const char **error);

/* The rows that were not imported, in the form of the input. */
struct import_rejects;
struct import_rejects *import_rejects_open(struct cli *cli, const char *path, const char *header);
void import_rejects_add(struct import_rejects *rejects, const struct import_row *row);
/* False after recording a failure: not everything could be written. */
bool import_rejects_close(struct cli *cli, struct import_rejects *rejects);

#endif
