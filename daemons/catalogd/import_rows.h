/* Import rows: NDJSON becomes rows of import_stage in COPY's text format, and rejects. */
#ifndef ECOM_DAEMONS_CATALOGD_IMPORT_ROWS_H
#define ECOM_DAEMONS_CATALOGD_IMPORT_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>
#include <libpq-fe.h>

#include "lib/base/buf.h"
#include "lib/base/mem.h"

#define IMPORT_ROWS_MAX 2000
#define IMPORT_BODY_MAX (4 << 20) /* bytes */

struct import_rows {
	struct buf copy;  /* the good rows */
	json_t *rejected; /* array of {"row", "field", "code", "reason"}, in order of rows */
};

void import_rows_init(struct import_rows *rows);
void import_rows_done(struct import_rows *rows);

/*
 * Checks every line against the product rules. Rows are numbered from 0 in order of the lines;
 * empty lines count but are no rows. False when there are more than IMPORT_ROWS_MAX lines.
 */
bool import_rows_read(struct import_rows *rows, const char *text, size_t len) must_check;

/* Our rejects and those of import_reject.sql in order of their rows. New reference. */
json_t *import_rows_rejected(const struct import_rows *rows, const PGresult *found);

#endif
