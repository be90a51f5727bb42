/* The formats of -o, for output.c: one file and one row each. */
#ifndef ECOM_ECOMCTL_OUTPUT_FORMAT_H
#define ECOM_ECOMCTL_OUTPUT_FORMAT_H

#include "ecomctl/output/output.h"
#include "lib/base/buf.h"
#include "lib/term/color.h"

#define OUTPUT_COLUMNS_MAX 32
#define REAL_DIGITS        10 /* 2.8, not 2.7999999999999998 */

struct table;
struct output;

struct output_format {
	const char *name;
	void (*begin)(struct output *output);
	void (*record)(struct output *output, const json_t *record);
	void (*end)(struct output *output);
	void (*flush)(struct output *output); /* NULL: nothing is kept back */
};

struct output_options {
	const struct output_format *format;
	char *fields; /* of --fields; NULL: all */
	bool terminal;
	int width; /* cells of the terminal */
	bool colors;
	bool headings;
	int fd;
};

struct output {
	struct output_options options;
	enum output_shape shape;
	const struct column *columns[OUTPUT_COLUMNS_MAX];
	size_t ncolumns;
	bool chosen; /* by --fields: JSON too has these members only */
	const char *identity;
	size_t count; /* records so far */
	struct buf pending;
	struct table *table;
	struct table_column *headings;
	bool failed;
	int error; /* errno of the failed write */
};

extern const struct output_format output_table, output_json, output_ndjson, output_csv, output_name;

struct output *output_open(const struct output_options *options);
bool output_close(struct output *output); /* writes what is left; false with errno: not all */
const struct output_format *output_format_find(const char *name);

/* Whether every name in fields is a column; else *unknown gets the first that is not (malloc). */
bool output_fields_check(const char *fields, const struct column *columns, char **unknown);

/* Writes pending out when there is enough of it. */
void output_flush_some(struct output *output);

/* The member of a record that a column shows; NULL: not there, or null. Borrowed. */
const json_t *value_find(const json_t *record, const struct column *column);

/* The value as text without escaping: what CSV and pipes get. */
void value_plain(struct buf *out, const struct column *column, const json_t *value);

/* The value for people, escaped, with the colour that goes with it. */
enum color value_human(struct buf *out, const struct column *column, const json_t *value);

/* The record with the chosen columns only, or itself; the caller decrefs. */
json_t *value_chosen(const struct output *output, const json_t *record);

#endif
