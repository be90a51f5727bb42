/* Rules: checking a JSON object against rows of struct field. */
#include "lib/http/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/hash.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/base/money.h"
#include "lib/base/str.h"
#include "lib/http/rules_place.h"

#define ARRAY_MAX 100

static void object_check(const struct field *fields, json_t *object, const struct place *place,
			 struct field_errors *errors);

/* A token of a JSON pointer (RFC 6901 section 3). */
static void pointer_add(struct buf *out, const char *name)
{
	buf_addc(out, '/');
	for (; *name; name++) {
		if (*name == '~' || *name == '/')
			buf_adds(out, *name == '~' ? "~0" : "~1");
		else
			buf_addc(out, *name);
	}
}

static void place_print(const struct place *place, struct buf *out)
{
	if (place->parent)
		place_print(place->parent, out);
	if (place->name)
		pointer_add(out, place->name);
	else
		buf_addf(out, "/%d", place->index);
}

void place_fail(struct field_errors *errors, const struct place *place, const char *code,
		const char *format, ...)
{
	struct field_error *error;
	struct buf pointer = { 0 };
	va_list args;

	if (errors->count++ >= RULES_ERRORS_MAX)
		return;
	error = &errors->list[errors->count - 1];
	place_print(place, &pointer);
	snprintf(error->pointer, sizeof(error->pointer), "%s", pointer.data);
	buf_free(&pointer);
	str_cut_utf8(error->pointer);
	snprintf(error->code, sizeof(error->code), "%s", code);
	va_start(args, format);
	vsnprintf(error->detail, sizeof(error->detail), format, args);
	va_end(args);
}

void rules_fail(struct field_errors *errors, const char *name, const char *code, const char *detail)
{
	place_fail(errors, &(struct place){ NULL, name, 0 }, code, "%s", detail);
}

static void check_money(const struct field *field, json_t *value, const struct place *place,
			struct field_errors *errors)
{
	static const struct field parts[] = {
		{ "amount", INT, REQUIRED, .min = -1000000000000000, .max = 1000000000000000 },
		{ "currency", STRING, REQUIRED, .min = 3, .max = 3 },
		{ 0 },
	};
	size_t before = errors->count;
	const char *currency;
	int64_t amount;

	if (!json_is_object(value)) {
		place_fail(errors, place, "wrong_type",
			   "must be {\"amount\": minor units, \"currency\": \"EUR\"}");
		return;
	}
	object_check(parts, value, place, errors);
	if (errors->count != before)
		return;
	currency = json_get_string(value, "currency", "");
	amount = json_get_int(value, "amount", 0);
	if (money_exponent(currency) < 0)
		place_fail(errors, &(struct place){ place, "currency", 0 }, "not_allowed",
			   "must be an ISO 4217 currency code");
	else if ((field->min || field->max) && (amount < field->min || amount > field->max))
		place_fail(errors, &(struct place){ place, "amount", 0 }, "out_of_range",
			   "must be from %lld to %lld", (long long)field->min,
			   (long long)field->max);
}

static void check_currency(const struct field *field, json_t *value, const struct place *place,
			   struct field_errors *errors)
{
	const char *text = json_string_value(value);

	(void)field;
	if (!text || money_exponent(text) < 0)
		place_fail(errors, place, text ? "not_allowed" : "wrong_type",
			   "must be an ISO 4217 currency code, such as EUR");
}

static void check_object(const struct field *field, json_t *value, const struct place *place,
			 struct field_errors *errors)
{
	if (!json_is_object(value))
		place_fail(errors, place, "wrong_type", "must be an object");
	else if (field->fields)
		object_check(field->fields, value, place, errors);
	else if (json_object_size(value) > (size_t)(field->max ? field->max : ARRAY_MAX))
		place_fail(errors, place, "too_long", "must have at most %d members",
			   (int)(field->max ? field->max : ARRAY_MAX));
}

static void value_check(const struct field *field, json_t *value, const struct place *place,
			struct field_errors *errors);

static void check_array(const struct field *field, json_t *value, const struct place *place,
			struct field_errors *errors)
{
	size_t most = field->max ? (size_t)field->max : ARRAY_MAX;
	size_t count = json_array_size(value);

	if (!json_is_array(value)) {
		place_fail(errors, place, "wrong_type", "must be an array");
		return;
	}
	if (count > most || count < (size_t)field->min) {
		place_fail(errors, place, count > most ? "too_long" : "too_short",
			   "must have %lld to %zu elements", (long long)field->min, most);
		return;
	}
	for (size_t i = 0; field->items && i < count; i++)
		value_check(field->items, json_array_get(value, i),
			    &(struct place){ place, NULL, (int)i }, errors);
}

static void check_cursor(const struct field *field, json_t *value, const struct place *place,
			 struct field_errors *errors)
{
	(void)field;
	if (!json_is_array(value))
		place_fail(errors, place, "wrong_form", "must be the `next` of a page");
}

static const struct {
	check_fn *check;
	unsigned int oid; /* of pg_type */
	const char *schema_type, *schema_format;
} types[] = {
	[STRING] = { check_string, 25, "string", NULL },
	[EMAIL] = { check_email, 25, "string", "email" },
	[UUID] = { check_uuid, 25, "string", "uuid" },
	[INT] = { check_int, 20, "integer", "int64" },
	[BOOL] = { check_bool, 16, "boolean", NULL },
	[TIME] = { check_time, 1184, "string", "date-time" },
	[MONEY] = { check_money, 3802, "object", NULL },
	[OBJECT] = { check_object, 3802, "object", NULL },
	[ARRAY] = { check_array, 3802, "array", NULL },
	[CURSOR] = { check_cursor, 3802, "string", NULL },
	[CURRENCY] = { check_currency, 25, "string", NULL },
};

unsigned int rules_type_oid(enum field_type type)
{
	return types[type].oid;
}

const struct field *rules_find(const struct field *fields, const char *name)
{
	for (; fields->name; fields++) {
		if (str_eq(fields->name, name))
			return fields;
	}
	return NULL;
}

static void value_check(const struct field *field, json_t *value, const struct place *place,
			struct field_errors *errors)
{
	if (json_is_null(value)) {
		if (!field->nullable)
			place_fail(errors, place, "wrong_type", "must not be null");
		return;
	}
	types[field->type].check(field, value, place, errors);
}

static void unknown_check(const struct field *fields, const json_t *object,
			  const struct place *place, struct field_errors *errors)
{
	const char *names[64] = { 0 };
	const char *key;
	json_t *value;

	for (size_t i = 0; fields[i].name && i < array_size(names) - 1; i++)
		names[i] = fields[i].name;
	json_object_foreach ((json_t *)object, key, value) {
		const char *nearest;

		if (rules_find(fields, key))
			continue;
		nearest = str_nearest(key, names, 2);
		place_fail(errors, &(struct place){ place, key, 0 }, "unknown_field",
			   "is not known%s%s%s", nearest ? "; did you mean \"" : "",
			   nearest ? nearest : "", nearest ? "\"?" : "");
	}
}

static void object_check(const struct field *fields, json_t *object, const struct place *place,
			 struct field_errors *errors)
{
	unknown_check(fields, object, place, errors);
	for (const struct field *field = fields; field->name; field++) {
		json_t *value = json_object_get(object, field->name);
		struct place here = { place, field->name, 0 };

		if (value)
			value_check(field, value, &here, errors);
		else if (field->fallback)
			json_object_set_new(object, field->name,
					    json_loads(field->fallback, JSON_DECODE_ANY, NULL));
		else if (field->presence == REQUIRED)
			place_fail(errors, &here, "required", "is required");
	}
}

bool rules_check(const struct field *fields, json_t *object, struct field_errors *errors)
{
	object_check(fields, object, NULL, errors);
	return errors->count == 0;
}

static json_t *cursor_from_text(const char *text)
{
	size_t len;
	unsigned char *decoded = base64url_decode(text, strlen(text), &len);
	const char *error;
	json_t *value = decoded ? json_parse((char *)decoded, len, &error) : NULL;

	free(decoded);
	if (value && !json_is_array(value)) {
		json_decref(value);
		return NULL;
	}
	return value;
}

json_t *rules_from_text(const struct field *field, const char *text)
{
	int64_t number;

	switch (field->type) {
	case INT:
		return str_to_int(text, INT64_MIN, INT64_MAX, &number) ? json_integer(number)
								       : NULL;
	case BOOL:
		if (str_eq(text, "true") || str_eq(text, "false"))
			return json_boolean(*text == 't');
		return NULL;
	case CURSOR:
		return cursor_from_text(text);
	case MONEY:
	case OBJECT:
	case ARRAY:
		return NULL;
	default:
		return json_string(text);
	}
}
