/* The table of an invoice's lines, and what every page has. */
#include "daemons/orderd/invoice_sheet.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

#define GAP 8.0 /* between columns */

static const struct print_style head = { .size = 7, .bold = true, .gray = 0.45, .fit = true };
static const struct print_style head_right = {
	.size = 7, .bold = true, .gray = 0.45, .fit = true, .align = PRINT_RIGHT
};
static const struct print_style item = { .size = 9.5 };
static const struct print_style sku_style = { .size = 7.5, .gray = 0.45 };
static const struct print_style figure = { .size = 9.5, .align = PRINT_RIGHT, .fit = true };
static const struct print_style footer = { .size = 7.5, .gray = 0.45, .fit = true };
static const struct print_style footer_right = {
	.size = 7.5, .gray = 0.45, .fit = true, .align = PRINT_RIGHT
};

/* The columns after the first, which has what is left. */
static const struct column {
	const char *name; /* of the word, and of the member */
	double width;
	bool of_invoice; /* a credit note has no prices */
	bool if_any;     /* only when some line has one */
} columns[] = {
	{ "quantity", 52, false, false },
	{ "price", 78, true, false },
	{ "discount", 70, true, true },
	{ "amount", 88, true, false },
};

const char *sheet_word(const struct sheet *sheet, const char *name)
{
	return json_get_string(sheet->words, name, name);
}

void sheet_money(const struct sheet *sheet, int64_t amount, char out[MONEY_SIZE])
{
	int decimals = (int)json_get_int(sheet->document, "decimals", 2);
	const char *group = sheet_word(sheet, "group"), *point = sheet_word(sheet, "decimal");
	uint64_t rest = amount < 0 ? -(uint64_t)amount : (uint64_t)amount;
	char digits[24], *to = out;
	int len, whole;

	len = snprintf(digits, sizeof(digits), "%0*" PRIu64, decimals + 1, rest);
	whole = len - decimals;
	if (amount < 0)
		*to++ = '-';
	for (int i = 0; i < len; i++) {
		if (i == whole)
			*to++ = *point;
		else if (i > 0 && i < whole && (whole - i) % 3 == 0)
			*to++ = *group;
		*to++ = digits[i];
	}
	*to = '\0';
}

void sheet_footer(struct sheet *sheet)
{
	const json_t *seller = json_object_get(sheet->document, "seller");
	const char *url = json_get_string(seller, "url", NULL);
	char *left scoped(scoped_free) = xasprintf("%s%s%s", json_get_string(seller, "name", ""),
						   url ? "  ·  " : "", url ? url : "");
	char *right scoped(scoped_free) =
		xasprintf("%s  ·  %s %d %s %d", json_get_string(sheet->document, "number", ""),
			  sheet_word(sheet, "page"), print_pages(sheet->print),
			  sheet_word(sheet, "of_pages"), sheet->pages);

	print_rule(sheet->print, MARGIN, PRINT_HEIGHT - 58, CONTENT, 0.4, 0.7);
	print_text(sheet->print, MARGIN, PRINT_HEIGHT - 52, CONTENT * 0.6, &footer, left);
	print_text(sheet->print, MARGIN + CONTENT * 0.6, PRINT_HEIGHT - 52, CONTENT * 0.4,
		   &footer_right, right);
}

bool sheet_need(struct sheet *sheet, double height)
{
	if (sheet->y + height <= BOTTOM)
		return false;
	sheet_footer(sheet);
	print_next_page(sheet->print);
	sheet->y = MARGIN;
	return true;
}

static bool has_discount(const struct sheet *sheet)
{
	const json_t *lines = json_object_get(sheet->document, "lines"), *line;
	size_t i;

	json_array_foreach (lines, i, line) {
		if (json_get_int(line, "discount", 0) != 0)
			return true;
	}
	return false;
}

static bool is_shown(const struct sheet *sheet, const struct column *column)
{
	return (sheet->is_invoice || !column->of_invoice) &&
	       (!column->if_any || has_discount(sheet));
}

/* The width of the first column. */
static double item_width(const struct sheet *sheet)
{
	double width = CONTENT;

	for (size_t i = 0; i < array_size(columns); i++) {
		if (is_shown(sheet, &columns[i]))
			width -= columns[i].width;
	}
	return width - GAP;
}

static void figure_of(const struct sheet *sheet, const struct column *column, const json_t *line,
		      char out[MONEY_SIZE])
{
	int64_t quantity = json_get_int(line, "quantity", 0);
	int64_t price = json_get_int(line, "price", 0);
	int64_t discount = json_get_int(line, "discount", 0);

	if (str_eq(column->name, "quantity"))
		snprintf(out, MONEY_SIZE, "%" PRId64, quantity);
	else if (str_eq(column->name, "price"))
		sheet_money(sheet, price, out);
	else if (str_eq(column->name, "discount"))
		sheet_money(sheet, -discount, out);
	else
		sheet_money(sheet, quantity * price - discount, out);
}

static void head_show(struct sheet *sheet)
{
	double x = MARGIN + item_width(sheet) + GAP;

	print_text(sheet->print, MARGIN, sheet->y, item_width(sheet), &head,
		   sheet_word(sheet, "item"));
	for (size_t i = 0; i < array_size(columns); i++) {
		char *text scoped(scoped_free) = NULL;

		if (!is_shown(sheet, &columns[i]))
			continue;
		text = xasprintf("%s%s%s", sheet_word(sheet, columns[i].name),
				 str_eq(columns[i].name, "amount") ? " " : "",
				 str_eq(columns[i].name, "amount")
					 ? json_get_string(sheet->document, "currency", "")
					 : "");
		print_text(sheet->print, x + GAP, sheet->y, columns[i].width - GAP, &head_right,
			   text);
		x += columns[i].width;
	}
	sheet->y += 13;
	print_rule(sheet->print, MARGIN, sheet->y, CONTENT, 0.8, 0.2);
	sheet->y += 6;
}

static void line_show(struct sheet *sheet, const json_t *line)
{
	const char *name = json_get_string(line, "name", ""),
		   *sku = json_get_string(line, "sku", "");
	double width = item_width(sheet), x = MARGIN + width + GAP;
	double height = print_height(sheet->print, width, &item, name);
	char text[MONEY_SIZE];

	if (!str_eq(name, sku))
		height += 1.5 + print_height(sheet->print, width, &sku_style, sku);
	if (sheet_need(sheet, height + 10))
		head_show(sheet);
	print_text(sheet->print, MARGIN, sheet->y, width, &item, name);
	if (!str_eq(name, sku))
		print_text(sheet->print, MARGIN,
			   sheet->y + 1.5 + print_height(sheet->print, width, &item, name), width,
			   &sku_style, sku);
	for (size_t i = 0; i < array_size(columns); i++) {
		if (!is_shown(sheet, &columns[i]))
			continue;
		figure_of(sheet, &columns[i], line, text);
		print_text(sheet->print, x + GAP, sheet->y, columns[i].width - GAP, &figure, text);
		x += columns[i].width;
	}
	sheet->y += height + 5;
	print_rule(sheet->print, MARGIN, sheet->y, CONTENT, 0.4, 0.85);
	sheet->y += 5;
}

void sheet_lines(struct sheet *sheet)
{
	const json_t *lines = json_object_get(sheet->document, "lines"), *line;
	size_t i;

	if (json_array_size(lines) == 0)
		return;
	sheet_need(sheet, 60);
	head_show(sheet);
	json_array_foreach (lines, i, line)
		line_show(sheet, line);
}
