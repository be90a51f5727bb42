/* Import rows: check each line, encode the good ones for COPY, collect the others' reasons. */
#include "daemons/catalogd/import_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemons/catalogd/product_rules.h"
#include "lib/base/json.h"
#include "lib/db/session.h"

void import_rows_init(struct import_rows *rows)
{
	/* Bounded by the body: escaping at most doubles it. */
	*rows = (struct import_rows){ .copy = BUF_INIT(4 * IMPORT_BODY_MAX),
				      .rejected = json_array() };
}

void import_rows_done(struct import_rows *rows)
{
	buf_free(&rows->copy);
	json_decref(rows->rejected);
}

static void reject(struct import_rows *rows, size_t row, const char *field, const char *code,
		   const char *reason)
{
	json_array_append_new(rows->rejected,
			      json_pack("{s:I, s:s, s:s, s:s}", "row", (json_int_t)row, "field",
					field, "code", code, "reason", reason));
}

/* "/price/amount" is the field price.amount. */
static void reject_field(struct import_rows *rows, size_t row, const struct field_error *error)
{
	char field[sizeof(error->pointer)];

	snprintf(field, sizeof(field), "%s", error->pointer + (error->pointer[0] == '/'));
	for (char *c = field; *c; c++)
		*c = *c == '/' ? '.' : *c;
	reject(rows, row, field, error->code, error->detail);
}

/* One cell, in the text format of COPY; NULL is \N. */
static void copy_cell(struct buf *copy, const char *text, char end)
{
	static const char special[] = "\\\t\n\r", letters[] = "\\tnr";

	if (!text) {
		buf_adds(copy, "\\N");
		buf_addc(copy, end);
		return;
	}
	while (*text) {
		size_t plain = strcspn(text, special);

		buf_add(copy, text, plain);
		text += plain;
		if (*text) {
			buf_addc(copy, '\\');
			buf_addc(copy, letters[strchr(special, *text) - special]);
			text++;
		}
	}
	buf_addc(copy, end);
}

static void copy_int(struct buf *copy, const json_t *value)
{
	if (json_is_integer(value))
		buf_addf(copy, "%lld\t", (long long)json_integer_value(value));
	else
		buf_adds(copy, "\\N\t");
}

/* The columns of import_stage, in their order. */
static void copy_row(struct buf *copy, size_t row, const json_t *product)
{
	const json_t *category = json_object_get(product, "category");
	const json_t *price = json_object_get(product, "price");
	const json_t *stock = json_object_get(product, "stock");
	const json_t *attributes = json_object_get(product, "attributes");
	char *attributes_text scoped(scoped_free) = attributes ? json_text(attributes) : NULL;

	buf_addf(copy, "%zu\t", row);
	copy_cell(copy, json_get_string(product, "sku", NULL), '\t');
	copy_cell(copy, json_get_string(product, "name", NULL), '\t');
	copy_cell(copy, json_get_string(product, "description", NULL), '\t');
	copy_cell(copy, json_get_string(product, "status", NULL), '\t');
	copy_cell(copy, category ? "t" : "f", '\t');
	copy_cell(copy, json_string_value(category), '\t');
	copy_int(copy, json_object_get(price, "amount"));
	copy_cell(copy, json_get_string(price, "currency", NULL), '\t');
	copy_cell(copy, stock ? "t" : "f", '\t');
	copy_int(copy, stock);
	copy_cell(copy, attributes_text, '\n');
}

/* What a constraint of the table says; there it would fail the other rows too. */
static bool check_attributes(struct import_rows *rows, size_t row, const json_t *product)
{
	const char *key;
	json_t *value;

	json_object_foreach (json_object_get(product, "attributes"), key, value) {
		if (json_is_object(value) || json_is_array(value)) {
			reject(rows, row, "attributes", "product_attribute_nested",
			       "an attribute is a text, a number, true, false or null");
			return false;
		}
	}
	return true;
}

static void read_row(struct import_rows *rows, size_t row, const char *line, size_t len)
{
	const char *error;
	json_t *product scoped(scoped_json) = json_parse(line, len, &error);
	struct field_errors errors;

	errors.count = 0;
	if (!product)
		reject(rows, row, "", "bad_json", error);
	else if (!json_is_object(product))
		reject(rows, row, "", "bad_json", "the line is not a JSON object");
	else if (len > PRODUCT_BODY_MAX)
		reject(rows, row, "", "too_long", "the row is longer than 128 KiB");
	else if (!rules_check(product_import_rules, product, &errors))
		reject_field(rows, row, &errors.list[0]);
	else if (check_attributes(rows, row, product))
		copy_row(&rows->copy, row, product);
}

bool import_rows_read(struct import_rows *rows, const char *text, size_t len)
{
	const char *end = text + len;

	for (size_t row = 0; text < end; row++) {
		const char *line_end = memchr(text, '\n', (size_t)(end - text));
		size_t length;

		line_end = line_end ? line_end : end;
		length = (size_t)(line_end - text);
		if (row == IMPORT_ROWS_MAX)
			return false;
		if (length && text[length - 1] == '\r')
			length--;
		if (length)
			read_row(rows, row, text, length);
		text = line_end + 1;
	}
	return !rows->copy.overflow;
}

static json_t *found_reject(const PGresult *found, int i)
{
	return json_pack("{s:I, s:s, s:s, s:s}", "row",
			 (json_int_t)strtoll(row_get_at(found, i, "row"), NULL, 10), "field",
			 row_get_at(found, i, "field"), "code", row_get_at(found, i, "code"),
			 "reason", row_get_at(found, i, "reason"));
}

json_t *import_rows_rejected(const struct import_rows *rows, const PGresult *found)
{
	json_t *all = json_array(), *ours;
	size_t next = 0;

	for (int i = 0; i < PQntuples(found); i++) {
		json_t *theirs = found_reject(found, i);

		while ((ours = json_array_get(rows->rejected, next)) &&
		       json_get_int(ours, "row", 0) < json_get_int(theirs, "row", 0)) {
			json_array_append(all, ours);
			next++;
		}
		json_array_append_new(all, theirs);
	}
	while ((ours = json_array_get(rows->rejected, next++)))
		json_array_append(all, ours);
	return all;
}
