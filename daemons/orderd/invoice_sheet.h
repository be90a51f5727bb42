/* The sheet of an invoice: its table of lines, and what every page has. For invoice_pdf.c alone. */
#ifndef ECOM_DAEMONS_ORDERD_INVOICE_SHEET_H
#define ECOM_DAEMONS_ORDERD_INVOICE_SHEET_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "lib/print/print.h"

#define MARGIN     56.0
#define CONTENT    (PRINT_WIDTH - 2 * MARGIN)
#define BOTTOM     (PRINT_HEIGHT - 78) /* the footer is below */
#define SHEET_ROOM 500.0               /* a page has it at least */
#define MONEY_SIZE 48

struct sheet {
	const json_t *document, *words;
	struct print *print;
	double y; /* where it goes on */
	int pages;
	bool is_invoice;
};

const char *sheet_word(const struct sheet *sheet, const char *name);

/* 123456 as 1,234.56, in the words of the document. */
void sheet_money(const struct sheet *sheet, int64_t amount, char out[MONEY_SIZE]);

/* Goes on on another page unless so much is left. True: it is a new one. */
bool sheet_need(struct sheet *sheet, double height);

/* The table of lines; its head is repeated on each page. */
void sheet_lines(struct sheet *sheet);

void sheet_footer(struct sheet *sheet); /* of the page that ends */

#endif
