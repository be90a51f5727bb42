/* Rules: checks of plain values. */
#include "lib/http/rules_place.h"

#include <ctype.h>
#include <pthread.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/base/uuid.h"

#define STRING_MAX  1000
#define EMAIL_MAX   254 /* RFC 5321, 4.5.3.1.3 less the brackets */
#define PATTERN_MAX 64

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

void check_string(const struct field *field, json_t *value, const struct place *place,
		  struct field_errors *errors)
{
	const char *text = json_string_value(value);
	size_t most = field->max ? (size_t)field->max : STRING_MAX;
	size_t length;

	if (!text) {
		place_fail(errors, place, "wrong_type", "must be a string");
		return;
	}
	length = str_utf8_length(text);
	if (length > most) {
		place_fail(errors, place, "too_long", "must have at most %zu characters", most);
	} else if (length < (size_t)field->min) {
		place_fail(errors, place, "too_short", "must have at least %lld characters",
			   (long long)field->min);
	} else if (field->values && !is_one_of(text, field->values)) {
		char list[128];

		values_list(field->values, list, sizeof(list));
		place_fail(errors, place, "not_allowed", "must be one of: %s", list);
	} else if (field->match) {
		const regex_t *regex = pattern_get(field->match);

		if (!regex || regexec(regex, text, 0, NULL, 0) != 0)
			place_fail(errors, place, "wrong_form", "must match %s", field->match);
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

void check_email(const struct field *field, json_t *value, const struct place *place,
		 struct field_errors *errors)
{
	const char *text = json_string_value(value);
	char *lower;

	(void)field;
	if (!text || !is_email(text)) {
		place_fail(errors, place, text ? "wrong_form" : "wrong_type",
			   "must be an e-mail address");
		return;
	}
	lower = xstrdup(text);
	for (char *c = lower; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	json_string_set(value, lower);
	free(lower);
}

void check_uuid(const struct field *field, json_t *value, const struct place *place,
		struct field_errors *errors)
{
	const char *text = json_string_value(value);

	(void)field;
	if (!text || !uuid_is_valid(text))
		place_fail(errors, place, text ? "wrong_form" : "wrong_type", "must be a UUID");
}

void check_int(const struct field *field, json_t *value, const struct place *place,
	       struct field_errors *errors)
{
	bool any = field->min == 0 && field->max == 0;

	if (!json_is_integer(value))
		place_fail(errors, place, "wrong_type", "must be a whole number");
	else if (!any &&
		 (json_integer_value(value) < field->min || json_integer_value(value) > field->max))
		place_fail(errors, place, "out_of_range", "must be from %lld to %lld",
			   (long long)field->min, (long long)field->max);
}

void check_bool(const struct field *field, json_t *value, const struct place *place,
		struct field_errors *errors)
{
	(void)field;
	if (!json_is_boolean(value))
		place_fail(errors, place, "wrong_type", "must be true or false");
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

void check_time(const struct field *field, json_t *value, const struct place *place,
		struct field_errors *errors)
{
	const char *text = json_string_value(value);

	(void)field;
	if (!text || !is_time(text))
		place_fail(errors, place, text ? "wrong_form" : "wrong_type",
			   "must be a time such as 2026-11-22T17:20:25Z");
}
