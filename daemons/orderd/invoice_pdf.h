/* An invoice or credit note as PDF, from its document alone. */
#ifndef ECOM_DAEMONS_ORDERD_INVOICE_PDF_H
#define ECOM_DAEMONS_ORDERD_INVOICE_PDF_H

#include <stddef.h>

#include <jansson.h>

/* Malloc'ed; the same document makes the same bytes. NULL with *why, a constant. Any thread. */
void *invoice_pdf(const json_t *document, size_t *len, const char **why);

#endif
