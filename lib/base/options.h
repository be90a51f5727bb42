/*
 * Options are rows: a table of struct option gives the YAML keys, the environment variables, the
 * checks, --print-config and the man page. Later sources win: default, file, environment.
 *
 * For a daemon named catalogd, the option "database_url" is `database_url:` at the top of the file
 * or under `catalogd:` (the section wins), and ECOM_DATABASE_URL or ECOM_CATALOGD_DATABASE_URL in
 * the environment (the longer name wins).
 */
#ifndef ECOM_LIB_BASE_OPTIONS_H
#define ECOM_LIB_BASE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum option_type {
	OPTION_STRING,
	OPTION_INT,
	OPTION_BOOL,
	OPTION_DURATION, /* "250ms", "30s", "15m"; kept in milliseconds */
	OPTION_LIST,     /* a YAML sequence, or words separated by commas or spaces */
};

struct option {
	const char *key;
	enum option_type type;
	const char *fallback; /* the default as text; NULL: none */
	int64_t min, max;     /* of a number or duration (ms); both 0: any */
	const char *help;     /* one sentence for the man page, without full stop */
	bool secret;          /* --print-config shows *** */
};

struct options;

/*
 * Loads the tables (each ends with an all-zero row) for the daemon `section`. `path` may be NULL.
 * An unknown key in our section or at the top, a wrong type or range gives NULL and *error (the
 * caller frees): one line with file, line and remedy. Sections of other daemons are left alone.
 */
struct options *options_load(const char *section, const struct option *const *tables,
			     const char *path, char **error);
void options_free(struct options *options);

/* The value of a key that is in the tables (anything else is a bug and aborts). */
const char *options_str(const struct options *options, const char *key); /* may be NULL */
int64_t options_int(const struct options *options, const char *key);     /* number, ms or 0/1 */
bool options_bool(const struct options *options, const char *key);
const char *const *options_list(const struct options *options, const char *key); /* ends NULL */

/* Sets a value that the program itself found out (admind: the port it chose for NATS). */
void options_set(struct options *options, const char *key, const char *text);

/* The effective options as YAML with the origin of each as a comment; secrets are masked. */
void options_print(const struct options *options, FILE *out);

#endif
