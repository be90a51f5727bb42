/* The query string and the body: their form, and their rules. */
#include <string.h>
#include <strings.h>

#include "lib/base/json.h"
#include "lib/base/str.h"
#include "lib/http/exchange.h"
#include "lib/http/problem.h"

#define QUERY_ARGS_MAX 32

struct pairs {
	struct request *request;
	const struct field *fields;
	json_t *object;
	struct field_errors *errors;
	bool malformed;
};

static void pair_add(struct pairs *pairs, const char *key, const char *text)
{
	const struct field *field = rules_find(pairs->fields, key);
	json_t *value = field ? rules_from_text(field, text) : json_string(text);

	if (json_object_get(pairs->object, key)) {
		rules_fail(pairs->errors, key, "duplicate", "is given twice");
		json_decref(value);
	} else if (value) {
		json_object_set_new(pairs->object, key, value);
	} else {
		/* rules_check() says of which type it must be. */
		json_object_set_new(pairs->object, key,
				    field->type == CURSOR ? json_true() : json_string(text));
	}
}

static enum MHD_Result query_pair(void *arg, enum MHD_ValueKind kind, const char *key,
				  const char *value)
{
	struct pairs *pairs = arg;
	char *name = arena_strdup(&pairs->request->arena, key);
	char *text = arena_strdup(&pairs->request->arena, value ? value : "");

	(void)kind;
	if (!str_unescape(name) || !str_unescape(text) ||
	    json_object_size(pairs->object) >= QUERY_ARGS_MAX) {
		pairs->malformed = true;
		return MHD_NO;
	}
	pair_add(pairs, name, text);
	return MHD_YES;
}

static bool check_query(struct request *request)
{
	static const struct field nothing[] = { { 0 } };
	const struct route *route = request->entry->route;
	struct field_errors errors = { .count = 0 };
	struct pairs pairs = {
		.request = request,
		.fields = route->query ? route->query : nothing,
		.object = json_object(),
		.errors = &errors,
	};

	request->query = pairs.object;
	MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, query_pair, &pairs);
	if (pairs.malformed) {
		problem_detail(request, &PROBLEM_BAD_REQUEST,
			       "the query string is badly escaped, not UTF-8 or too long");
		return false;
	}
	if (!check_cards(request, pairs.fields, pairs.object))
		return false;
	if (rules_check(pairs.fields, pairs.object, &errors))
		return true;
	problem_fields(request, &errors);
	return false;
}

static bool has_media_type(const struct request *request, const char *type)
{
	const char *header = request_header(request, "Content-Type");
	size_t len = strlen(type);

	return header && strncasecmp(header, type, len) == 0 &&
	       (header[len] == '\0' || header[len] == ';' || header[len] == ' ');
}

static void form_pair(struct pairs *pairs, char *pair)
{
	char *value = strchr(pair, '=');

	if (value)
		*value++ = '\0';
	for (char *c = pair; *c; c++)
		*c = *c == '+' ? ' ' : *c;
	for (char *c = value; c && *c; c++)
		*c = *c == '+' ? ' ' : *c;
	if (!value || !str_unescape(pair) || !str_unescape(value))
		pairs->malformed = true;
	else
		pair_add(pairs, pair, value);
}

static bool form_parse(struct request *request, struct field_errors *errors)
{
	struct pairs pairs = {
		.request = request,
		.fields = request->entry->route->body,
		.object = json_object(),
		.errors = errors,
	};
	char *text = arena_strdup(&request->arena, request->raw.data ? request->raw.data : "");
	char *rest = NULL;

	request->body = pairs.object;
	pairs.malformed = strlen(text) != request->raw.len; /* U+0000 */
	for (char *pair = strtok_r(text, "&", &rest); pair; pair = strtok_r(NULL, "&", &rest))
		form_pair(&pairs, pair);
	if (pairs.malformed)
		problem_detail(request, &PROBLEM_BAD_REQUEST, "the form is badly escaped");
	return !pairs.malformed;
}

static bool json_body_parse(struct request *request)
{
	const char *error;

	request->body = json_parse(request->raw.data ? request->raw.data : "", request->raw.len,
				   &error);
	if (!request->body) {
		/* What is wrong is told with the words around it. */
		if (check_cards_text(request, request->raw.data))
			problem_detail(request, &PROBLEM_BAD_JSON, "%s", error);
		return false;
	}
	if (json_is_object(request->body))
		return true;
	problem_detail(request, &PROBLEM_BAD_JSON, "the body must be an object");
	return false;
}

static bool unsupported(struct request *request, const char *accepted)
{
	problem_detail(request, &PROBLEM_UNSUPPORTED_MEDIA_TYPE, "send Content-Type: %s", accepted);
	return false;
}

static bool check_body(struct request *request)
{
	const struct route *route = request->entry->route;
	struct field_errors errors = { .count = 0 };

	if (route->raw)
		return true;
	if (route->ndjson)
		return has_media_type(request, "application/x-ndjson") ||
		       unsupported(request, "application/x-ndjson");
	if (!route->body) {
		if (request->raw.len == 0)
			return true;
		problem_detail(request, &PROBLEM_BAD_REQUEST, "no body is expected here");
		return false;
	}
	if (route->form && has_media_type(request, "application/x-www-form-urlencoded")) {
		if (!form_parse(request, &errors))
			return false;
	} else if (!has_media_type(request, "application/json") &&
		   !has_media_type(request, "application/merge-patch+json")) {
		return unsupported(request, "application/json");
	} else if (!json_body_parse(request)) {
		return false;
	}
	if (!check_cards(request, route->body, request->body))
		return false;
	if (rules_check(route->body, request->body, &errors))
		return true;
	problem_fields(request, &errors);
	return false;
}

bool check_input(struct request *request)
{
	if (request->too_large) {
		problem(request, &PROBLEM_PAYLOAD_TOO_LARGE);
		return false;
	}
	return check_query(request) && check_body(request);
}
