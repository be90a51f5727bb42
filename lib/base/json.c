/* Small helpers on jansson. */
#include "lib/base/json.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/base/mem.h"

void scoped_json(json_t **value)
{
	json_decref(*value);
}

/* Counted before parsing, so that jansson's recursion never goes deeper than ours. */
static bool too_deep(const char *text, size_t len)
{
	int depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (quoted) {
			if (c == '\\')
				i++;
			else if (c == '"')
				quoted = false;
		} else if (c == '"') {
			quoted = true;
		} else if (c == '{' || c == '[') {
			if (++depth > JSON_DEPTH_MAX)
				return true;
		} else if (c == '}' || c == ']') {
			depth--;
		}
	}
	return false;
}

json_t *json_parse(const char *text, size_t len, const char **error)
{
	static _Thread_local char message[sizeof(((json_error_t *)0)->text) + 64];
	json_error_t details;
	json_t *value;

	*error = message;
	if (too_deep(text, len)) {
		snprintf(message, sizeof(message), "nested deeper than %d levels", JSON_DEPTH_MAX);
		return NULL;
	}
	value = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &details);
	if (!value)
		snprintf(message, sizeof(message), "line %d, column %d: %s", details.line,
			 details.column, details.text);
	return value;
}

const char *json_get_string(const json_t *object, const char *key, const char *fallback)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value ? value : fallback;
}

int64_t json_get_int(const json_t *object, const char *key, int64_t fallback)
{
	const json_t *value = json_object_get(object, key);

	return json_is_integer(value) ? json_integer_value(value) : fallback;
}

bool json_get_bool(const json_t *object, const char *key, bool fallback)
{
	const json_t *value = json_object_get(object, key);

	return json_is_boolean(value) ? json_is_true(value) : fallback;
}

char *json_text(const json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

	return text ? text : xstrdup("null");
}
