/* An invoice as PDF: who, what, how much; as many pages as it takes. */
#include "daemons/orderd/invoice_pdf.h"

#include <stdio.h>
#include <string.h>

#include "daemons/orderd/invoice_sheet.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

static const struct print_style seller_style = { .size = 13, .bold = true };
static const struct print_style small = { .size = 8, .gray = 0.35 };
static const struct print_style label = { .size = 7, .bold = true, .gray = 0.45 };
static const struct print_style body = { .size = 9.5 };
static const struct print_style right = { .size = 9.5, .align = PRINT_RIGHT, .fit = true };
static const struct print_style heading = {
	.size = 22, .align = PRINT_RIGHT, .gray = 0.2, .fit = true
};
static const struct print_style number = {
	.size = 11, .bold = true, .align = PRINT_RIGHT, .fit = true
};
static const struct print_style total = {
	.size = 12, .bold = true, .align = PRINT_RIGHT, .fit = true
};
static const struct print_style total_name = { .size = 12, .bold = true };

/* Lines of an array, each its own paragraph; answers where they end. */
static double lines_show(struct sheet *sheet, double x, double y, double width,
			 const struct print_style *style, const json_t *lines)
{
	const json_t *line;
	size_t i;

	json_array_foreach (lines, i, line)
		y += print_text(sheet->print, x, y, width, style, json_string_value(line)) + 1.5;
	return y;
}

static double seller_show(struct sheet *sheet)
{
	const json_t *seller = json_object_get(sheet->document, "seller");
	const char *tax_id = json_get_string(seller, "tax_id", NULL);
	const char *email = json_get_string(seller, "email", NULL);
	double width = CONTENT * 0.5, y = MARGIN;

	y += print_text(sheet->print, MARGIN, y, width, &seller_style,
			json_get_string(seller, "name", "")) +
	     3;
	y = lines_show(sheet, MARGIN, y, width, &small, json_object_get(seller, "address"));
	if (tax_id) {
		char *text scoped(scoped_free) = xasprintf("%s %s", sheet_word(sheet, "tax_id"),
							   tax_id);

		y += print_text(sheet->print, MARGIN, y, width, &small, text) + 1.5;
	}
	if (email)
		y += print_text(sheet->print, MARGIN, y, width, &small, email) + 1.5;
	return y;
}

static double title_show(struct sheet *sheet)
{
	double x = MARGIN + CONTENT * 0.5, y = MARGIN - 6;

	y += print_text(sheet->print, x, y, CONTENT * 0.5, &heading,
			sheet_word(sheet, json_get_string(sheet->document, "kind", "invoice")));
	y += print_text(sheet->print, x, y, CONTENT * 0.5, &number,
			json_get_string(sheet->document, "number", ""));
	return y;
}

/* A small heading and lines under it; answers where they end. */
static double block_show(struct sheet *sheet, double x, double y, double width, const char *name,
			 const json_t *lines)
{
	if (json_array_size(lines) == 0)
		return y;
	y += print_text(sheet->print, x, y, width, &label, sheet_word(sheet, name)) + 3;
	return lines_show(sheet, x, y, width, &body, lines);
}

static double fact_show(struct sheet *sheet, double y, const char *name, const char *value)
{
	double x = MARGIN + CONTENT * 0.64, width = CONTENT * 0.36;

	if (!value || !*value)
		return y;
	y += print_text(sheet->print, x, y, width, &label, sheet_word(sheet, name)) + 1;
	return y + print_text(sheet->print, x, y, width, &body, value) + 5;
}

/* "A, B, C" of what is there. The caller frees. */
static char *joined(const char *a, const char *b, const char *c)
{
	return xasprintf("%s%s%s%s%s", a ? a : "", a && b ? ", " : "", b ? b : "",
			 (a || b) && c ? ", " : "", c ? c : "");
}

static char *corrected(const json_t *numbers)
{
	char *list = xstrdup("");
	const json_t *entry;
	size_t i;

	json_array_foreach (numbers, i, entry) {
		char *longer = xasprintf("%s%s%s", list, i ? ", " : "", json_string_value(entry));

		free(list);
		list = longer;
	}
	return list;
}

static double facts_show(struct sheet *sheet, double y)
{
	const json_t *document = sheet->document;
	const json_t *order = json_object_get(document, "order");
	const json_t *shipment = json_object_get(document, "shipment");
	char *placed scoped(scoped_free) =
		xasprintf("%s %s %s", json_get_string(order, "number", ""), sheet_word(sheet, "of"),
			  json_get_string(order, "date", ""));
	char *shipped scoped(scoped_free) = joined(json_get_string(shipment, "date", NULL),
						   json_get_string(shipment, "carrier", NULL),
						   json_get_string(shipment, "tracking", NULL));
	char *corrects scoped(scoped_free) = corrected(json_object_get(document, "corrects"));

	y = fact_show(sheet, y, "issued", json_get_string(document, "date", NULL));
	y = fact_show(sheet, y, "order", placed);
	y = fact_show(sheet, y, "shipped", shipped);
	y = fact_show(sheet, y, "reverses", json_get_string(document, "reverses", NULL));
	y = fact_show(sheet, y, "corrects", corrects);
	return fact_show(sheet, y, "refund",
			 json_get_string(json_object_get(document, "refund"), "reason", NULL));
}

static double largest(double a, double b)
{
	return a > b ? a : b;
}

static void people_show(struct sheet *sheet)
{
	const json_t *buyer = json_object_get(sheet->document, "buyer");
	double top = largest(sheet->y, 150), left, middle, facts;

	left = block_show(sheet, MARGIN, top, CONTENT * 0.3, "bill_to",
			  json_object_get(buyer, "address"));
	middle = block_show(sheet, MARGIN + CONTENT * 0.32, top, CONTENT * 0.3, "ship_to",
			    json_object_get(sheet->document, "ship_to"));
	facts = facts_show(sheet, top);
	sheet->y = largest(left, largest(middle, facts)) + 22;
}

static void sum_show(struct sheet *sheet, const char *name, int64_t amount)
{
	double x = MARGIN + CONTENT * 0.5, width = CONTENT * 0.5;
	char text[MONEY_SIZE];

	sheet_money(sheet, amount, text);
	print_text(sheet->print, x, sheet->y, width * 0.6, &body, name);
	sheet->y += print_text(sheet->print, x + width * 0.6, sheet->y, width * 0.4, &right, text) +
		    4;
}

static const char *tax_name(const struct sheet *sheet, const json_t *tax)
{
	return json_get_string(tax, "name", sheet_word(sheet, "tax"));
}

static void total_show(struct sheet *sheet, const json_t *totals)
{
	double x = MARGIN + CONTENT * 0.5, width = CONTENT * 0.5;
	char amount[MONEY_SIZE], *text scoped(scoped_free) = NULL;

	sheet_money(sheet, json_get_int(totals, "total", 0), amount);
	text = xasprintf("%s %s", amount, json_get_string(sheet->document, "currency", ""));
	print_rule(sheet->print, x, sheet->y + 1, width, 0.8, 0.2);
	sheet->y += 7;
	print_text(sheet->print, x, sheet->y, width * 0.45, &total_name,
		   sheet_word(sheet, "total"));
	sheet->y += print_text(sheet->print, x + width * 0.45, sheet->y, width * 0.55, &total,
			       text) +
		    6;
}

/* What of the total is tax, where prices contain it. */
static void included_show(struct sheet *sheet, const json_t *tax)
{
	static const struct print_style style = { .size = 8, .gray = 0.35, .align = PRINT_RIGHT };
	char amount[MONEY_SIZE], net[MONEY_SIZE], *text scoped(scoped_free) = NULL;

	if (json_get_int(tax, "rate_ppm", 0) == 0)
		return;
	sheet_money(sheet, json_get_int(tax, "tax", 0), amount);
	sheet_money(sheet, json_get_int(tax, "net", 0), net);
	text = xasprintf("%s: %s %s · %s %s", sheet_word(sheet, "included"), tax_name(sheet, tax),
			 amount, sheet_word(sheet, "net"), net);
	sheet->y += print_text(sheet->print, MARGIN, sheet->y, CONTENT, &style, text) + 3;
}

static void totals_show(struct sheet *sheet)
{
	const json_t *totals = json_object_get(sheet->document, "totals");
	const json_t *taxes = json_object_get(sheet->document, "taxes"), *tax;
	bool inclusive = !sheet->is_invoice ||
			 json_is_true(json_object_get(sheet->document, "tax_inclusive"));
	size_t i;

	sheet_need(sheet, 110);
	sheet->y += 8;
	if (sheet->is_invoice)
		sum_show(sheet, sheet_word(sheet, "goods"),
			 json_get_int(totals, "goods", 0) - json_get_int(totals, "discount", 0));
	if (json_object_get(sheet->document, "shipping"))
		sum_show(sheet, sheet_word(sheet, "shipping"), json_get_int(totals, "shipping", 0));
	json_array_foreach (taxes, i, tax) {
		if (!inclusive)
			sum_show(sheet, tax_name(sheet, tax), json_get_int(tax, "tax", 0));
	}
	total_show(sheet, totals);
	json_array_foreach (taxes, i, tax) {
		if (inclusive)
			included_show(sheet, tax);
	}
}

static void note_show(struct sheet *sheet)
{
	const char *note = json_get_string(sheet->document, "note", NULL);
	double height;

	if (!note)
		return;
	height = print_height(sheet->print, CONTENT, &small, note);
	sheet_need(sheet, height + 24 < SHEET_ROOM ? height + 24 : SHEET_ROOM);
	sheet->y += 24 + print_text(sheet->print, MARGIN, sheet->y + 24, CONTENT, &small, note);
}

/* One run over the document; `pages` is what the run before counted. */
static struct print *compose(const json_t *document, int pages, bool draw)
{
	const json_t *words = json_object_get(document, "words");
	const struct print_info info = {
		.title = json_get_string(document, "number", ""),
		.author = json_get_string(json_object_get(document, "seller"), "name", ""),
		.created = json_get_string(document, "issued_at", ""),
		.language = json_get_string(words, "language", "en"),
	};
	struct sheet sheet = { .document = document, .words = words, .pages = pages };

	sheet.is_invoice = str_eq(json_get_string(document, "kind", ""), "invoice");
	sheet.print = print_new(&info, draw);
	sheet.y = largest(seller_show(&sheet), title_show(&sheet)) + 26;
	people_show(&sheet);
	sheet_lines(&sheet);
	totals_show(&sheet);
	note_show(&sheet);
	sheet_footer(&sheet);
	return sheet.print;
}

void *invoice_pdf(const json_t *document, size_t *len, const char **why)
{
	struct print *counted = compose(document, 0, false);
	int pages = print_pages(counted);

	print_finish(counted, len, why);
	return print_finish(compose(document, pages, true), len, why);
}
