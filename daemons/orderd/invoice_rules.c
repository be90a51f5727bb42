/* Invoices: query strings. */
#include "daemons/orderd/invoice.h"

static const char *const kinds[] = { "invoice", "credit_note", "credit_note_reversal", NULL };

const struct field invoice_query[] = {
	{ "kind", STRING, .values = kinds },
	{ "year", INT, .min = 2000, .max = 9999, .help = "Of the number" },
	{ "order", STRING, .min = 1, .max = 40, .help = "The order's number or id" },
	{ "since", TIME, .help = "Issued at or after this time" },
	{ "after", CURSOR, .help = "`next` of the page before" },
	{ "limit", INT, .min = 1, .max = 200, .fallback = "50" },
	{ 0 },
};
