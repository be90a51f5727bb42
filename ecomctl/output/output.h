/*
 * Output: commands emit records, and the format chosen with -o writes them. A command never
 * prints to stdout itself.
 *
 * A record is a JSON object; columns say which members of it are shown, in which order and how.
 * The same names are the CSV header, the keys of --fields and the members of the JSON.
 */
#ifndef ECOM_ECOMCTL_OUTPUT_H
#define ECOM_ECOMCTL_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <jansson.h>

enum column_type {
	COLUMN_TEXT,
	COLUMN_NUMBER, /* right-aligned */
	COLUMN_BOOL,
	COLUMN_MONEY,    /* {"amount":1999,"currency":"EUR"}: 19.99 EUR */
	COLUMN_TIME,     /* RFC 3339: an age on a terminal, as it is elsewhere */
	COLUMN_DURATION, /* seconds: 3m12s on a terminal, the number elsewhere */
	COLUMN_BYTES,    /* 52 MiB on a terminal, the number elsewhere */
	COLUMN_STATUS,   /* text with a colour by its meaning */
	COLUMN_OBJECT,   /* anything else: compact JSON */
};

struct column {
	const char *name; /* path in the record, "price" or "cpu.percent"; NULL ends the table */
	enum column_type type;
	int priority;        /* on a narrow terminal the highest number is dropped first; 0 never */
	const char *heading; /* NULL: the name in upper case */
	bool detail;         /* only in describe, json, csv and with --fields, not in the table */
};

/* How a set of records is to be shown. */
enum output_shape {
	OUTPUT_LIST,     /* any number: a table, a JSON array */
	OUTPUT_ONE,      /* one record: a table with one row, a JSON object */
	OUTPUT_DESCRIBE, /* one record: name and value line by line, a JSON object */
};

struct output;

/*
 * begin, any number of records, end. `identity` is the column that -o name and -q print. Records
 * are borrowed. In a shape of one record exactly one must follow.
 */
void output_begin(struct output *output, enum output_shape shape, const struct column *columns,
		  const char *identity);
void output_record(struct output *output, const json_t *record);
void output_end(struct output *output);

/* Writes out what has come so far, for streams. The first rows fix the widths of a table. */
void output_flush(struct output *output);

/*
 * Bytes that are not records: the body of `api`, generated pages and scripts. No format applies.
 */
void output_raw(struct output *output, const void *data, size_t len);

/* The same for text that others wrote: on a terminal it is made safe, elsewhere it is as it came. */
void output_text(struct output *output, const char *text, size_t len);

/* Whether stdout is gone or full: a long loop may stop early. */
bool output_failed(const struct output *output);

#endif
