/* Writing CSV (RFC 4180), for the format and for files of rejects. */
#ifndef ECOM_ECOMCTL_OUTPUT_CSV_H
#define ECOM_ECOMCTL_OUTPUT_CSV_H

#include "lib/base/buf.h"

/* One cell, quoted when it must be. Commas and line ends are the caller's. */
void csv_add_cell(struct buf *out, const char *text, size_t len);

#endif
