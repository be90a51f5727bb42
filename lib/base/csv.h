/*
 * A streaming CSV reader (RFC 4180) over libcsv: UTF-8, a byte order mark is skipped, lines end with
 * CR, LF or both, empty lines are skipped, spaces belong to their cell. It holds one record in
 * memory, tells the line on which each record starts, and goes on after a bad one.
 *
 *	while ((status = csv_reader_next(reader, &record)) != CSV_READ_END) …
 */
#ifndef ECOM_LIB_BASE_CSV_H
#define ECOM_LIB_BASE_CSV_H

#include <stddef.h>
#include <stdio.h>

#include "lib/base/mem.h"

#define CSV_RECORD_MAX (1 << 20) /* bytes of one record; a longer one ends the reading */
#define CSV_CELLS_MAX  1024      /* cells of one record */

struct csv_reader;

enum csv_read {
	CSV_READ_RECORD, /* *record holds the next record */
	CSV_READ_BAD,    /* this record is unusable: only its line and error are set; read on */
	CSV_READ_END,    /* the input is at its end */
	CSV_READ_FAILED, /* nothing more can be read: line and error say where and why */
};

/* Strings belong to the reader and are valid until the next call. */
struct csv_record {
	size_t line; /* 1 is the first line of the input */
	size_t ncells;
	const char *const *cells; /* NUL-terminated UTF-8 without U+0000 */
	const char *error;        /* what is wrong, without the place; NULL: nothing */
};

/* The delimiter is ',' or ';' or a tab. The stream stays the caller's and is read in blocks. */
struct csv_reader *csv_reader_open(FILE *stream, char delimiter);
void csv_reader_close(struct csv_reader *reader); /* NULL is fine */

/* The first record (the header) sets the number of cells; a later record with another is bad. */
enum csv_read csv_reader_next(struct csv_reader *reader, struct csv_record *record) must_check;

#endif
