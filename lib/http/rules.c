/* Rules: checking a JSON object against rows of struct field. */
#include "lib/http/rules.h"

#include <ctype.h>
#include <pthread.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/hash.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/base/money.h"
#include "lib/base/str.h"
#include "lib/base/uuid.h"

#define STRING_MAX  1000
#define ARRAY_MAX   100
#define EMAIL_MAX   254 /* RFC 5321, 4.5.3.1.3 less the brackets */
#define PATTERN_MAX 64

/* Where we are: "/addresses/0/name". */
struct place {
	const struct place *parent;
	const char *name;
	int index; /* when name is NULL */
};

typedef void check_fn(const struct field *field, json_t *value, const struct place *place,
		      struct field_errors *errors);

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

static void fail(struct field_errors *errors, const struct place *place, const char *code,
		 const char *format, ...) __attribute__((format(printf, 4, 5)));

static void fail(struct field_errors *errors, const struct place *place, const char *code,
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
	fail(errors, &(struct place){ NULL, name, 0 }, code, "%s", detail);
}

/* Compiled once per pattern; rules are constants, so the pointer is the key. */
static const regex_t *pattern_get(const char *pattern)
{
	static struct {
		const char *pattern;
		regex_t regex;
	} cache[PATTERN_MAX];
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	const regex_t *found = NULL;
	size_t i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < PATTERN_MAX && cache[i].pattern && cache[i].pattern != pattern; i++)
		;
	if (i < PATTERN_MAX) {
		if (!cache[i].pattern &&
		    regcomp(&cache[i].regex, pattern, REG_EXTENDED | REG_NOSUB) == 0)
			cache[i].pattern = pattern;
		if (cache[i].pattern)
			found = &cache[i].regex;
	}
	pthread_mutex_unlock(&lock);
	return found;
}

static bool is_one_of(const char *text, const char *const *values)
{
	for (; *values; values++) {
		if (str_eq(text, *values))
			return true;
	}
	return false;
}

static void values_list(const char *const *values, char *out, size_t size)
{
	size_t len = 0;

	out[0] = '\0';
	for (; *values && len < size; values++)
		len += (size_t)snprintf(out + len, size - len, "%s%s", len ? ", " : "", *values);
}

static void check_string(const struct field *field, json_t *value, const struct place *place,
			 struct field_errors *errors)
{
	const char *text = json_string_value(value);
	size_t most = field->max ? (size_t)field->max : STRING_MAX;
	size_t length;

	if (!text) {
		fail(errors, place, "wrong_type", "must be a string");
		return;
	}
	length = str_utf8_length(text);
	if (length > most) {
		fail(errors, place, "too_long", "must have at most %zu characters", most);
	} else if (length < (size_t)field->min) {
		fail(errors, place, "too_short", "must have at least %lld characters",
		     (long long)field->min);
	} else if (field->values && !is_one_of(text, field->values)) {
		char list[128];

		values_list(field->values, list, sizeof(list));
		fail(errors, place, "not_allowed", "must be one of: %s", list);
	} else if (field->match) {
		const regex_t *regex = pattern_get(field->match);

		if (!regex || regexec(regex, text, 0, NULL, 0) != 0)
			fail(errors, place, "wrong_form", "must match %s", field->match);
	}
}

static bool is_email(const char *text)
{
	const char *at = strrchr(text, '@');
	size_t len = strlen(text);

	if (!at || at == text || len > EMAIL_MAX || strchr(text, '@') != at)
		return false;
	for (const char *c = text; *c; c++) {
		if ((unsigned char)*c <= ' ' || *c == 0x7f || strchr("()<>[]:;\\,\"", *c))
			return false;
	}
	return strchr(at, '.') && at[1] != '.' && text[len - 1] != '.' && !strstr(at, "..");
}

static void check_email(const struct field *field, json_t *value, const struct place *place,
			struct field_errors *errors)
{
	const char *text = json_string_value(value);
	char *lower;

	(void)field;
	if (!text || !is_email(text)) {
		fail(errors, place, text ? "wrong_form" : "wrong_type",
		     "must be an e-mail address");
		return;
	}
	lower = xstrdup(text);
	for (char *c = lower; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	json_string_set(value, lower);
	free(lower);
}

static void check_uuid(const struct field *field, json_t *value, const struct place *place,
		       struct field_errors *errors)
{
	const char *text = json_string_value(value);

	(void)field;
	if (!text || !uuid_is_valid(text))
		fail(errors, place, text ? "wrong_form" : "wrong_type", "must be a UUID");
}

static void check_int(const struct field *field, json_t *value, const struct place *place,
		      struct field_errors *errors)
{
	bool any = field->min == 0 && field->max == 0;

	if (!json_is_integer(value))
		fail(errors, place, "wrong_type", "must be a whole number");
	else if (!any &&
		 (json_integer_value(value) < field->min || json_integer_value(value) > field->max))
		fail(errors, place, "out_of_range", "must be from %lld to %lld",
		     (long long)field->min, (long long)field->max);
}

static void check_bool(const struct field *field, json_t *value, const struct place *place,
		       struct field_errors *errors)
{
	(void)field;
	if (!json_is_boolean(value))
		fail(errors, place, "wrong_type", "must be true or false");
}

static bool digits_at(const char *text, const char *form)
{
	for (; *form; form++, text++) {
		if (*form == '0' ? !isdigit((unsigned char)*text) : *text != *form)
			return false;
	}
	return true;
}

/* RFC 3339: PostgreSQL checks the calendar, we check the form. */
static bool is_time(const char *text)
{
	size_t i = 19;

	if (strlen(text) > 35 || !digits_at(text, "0000-00-00T00:00:00"))
		return false;
	if (text[i] == '.') {
		size_t digits = strspn(text + i + 1, "0123456789");

		if (digits == 0 || digits > 9)
			return false;
		i += 1 + digits;
	}
	if (text[i] == 'Z')
		return text[i + 1] == '\0';
	return (text[i] == '+' || text[i] == '-') && digits_at(text + i + 1, "00:00") &&
	       text[i + 6] == '\0';
}

static void check_time(const struct field *field, json_t *value, const struct place *place,
		       struct field_errors *errors)
{
	const char *text = json_string_value(value);

	(void)field;
	if (!text || !is_time(text))
		fail(errors, place, text ? "wrong_form" : "wrong_type",
		     "must be a time such as 2026-11-22T17:20:25Z");
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
		fail(errors, place, "wrong_type",
		     "must be {\"amount\": minor units, \"currency\": \"EUR\"}");
		return;
	}
	object_check(parts, value, place, errors);
	if (errors->count != before)
		return;
	currency = json_get_string(value, "currency", "");
	amount = json_get_int(value, "amount", 0);
	if (money_exponent(currency) < 0)
		fail(errors, &(struct place){ place, "currency", 0 }, "not_allowed",
		     "must be an ISO 4217 currency code");
	else if ((field->min || field->max) && (amount < field->min || amount > field->max))
		fail(errors, &(struct place){ place, "amount", 0 }, "out_of_range",
		     "must be from %lld to %lld", (long long)field->min, (long long)field->max);
}

static void check_object(const struct field *field, json_t *value, const struct place *place,
			 struct field_errors *errors)
{
	if (!json_is_object(value))
		fail(errors, place, "wrong_type", "must be an object");
	else if (field->fields)
		object_check(field->fields, value, place, errors);
	else if (json_object_size(value) > (size_t)(field->max ? field->max : ARRAY_MAX))
		fail(errors, place, "too_long", "must have at most %d members",
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
		fail(errors, place, "wrong_type", "must be an array");
		return;
	}
	if (count > most || count < (size_t)field->min) {
		fail(errors, place, count > most ? "too_long" : "too_short",
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
		fail(errors, place, "wrong_form", "must be the `next` of a page");
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
			fail(errors, place, "wrong_type", "must not be null");
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
		fail(errors, &(struct place){ place, key, 0 }, "unknown_field",
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
			fail(errors, &here, "required", "is required");
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
