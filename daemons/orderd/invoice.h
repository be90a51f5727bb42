/* Invoices and credit notes: what answers their routes besides statements. */
#ifndef ECOM_DAEMONS_ORDERD_INVOICE_H
#define ECOM_DAEMONS_ORDERD_INVOICE_H

#include "lib/http/route.h"
#include "lib/http/rules.h"

extern const struct field invoice_query[];

task_fn invoice_as_text, invoice_as_pdf;

#endif
