/* What a request must pass before it is worked on: gateway, route, caller, input, conditions. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/auth/token.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/daemon/daemon.h"
#include "lib/daemon/keys.h"
#include "lib/http/exchange.h"
#include "lib/http/listener.h"
#include "lib/http/problem.h"
#include "lib/http/respond.h"

#define KEY_MAX        255
#define QUERY_ARGS_MAX 32

/* --- the gateway ------------------------------------------------------------------------------ */

static const struct {
	const char *name;
	enum frontend frontend;
} frontends[] = {
	{ "shop", SHOP },
	{ "admin", ADMIN },
	{ "internal", INTERNAL },
};

bool check_gateway(struct request *request)
{
	const char *secret, *name, *expected = request->http->config.gateway_secret;

	if (request->listener->mode != SHOP) {
		request->frontend = request->listener->mode;
		return true;
	}
	secret = request_header(request, "X-Ecom-Gateway");
	name = request_header(request, "X-Ecom-Frontend");
	for (size_t i = 0; name && secret && expected && i < array_size(frontends); i++) {
		if (str_eq(name, frontends[i].name) && str_eq_secret(secret, expected)) {
			request->frontend = frontends[i].frontend;
			return true;
		}
	}
	problem(request, &PROBLEM_BYPASSED_GATEWAY);
	return false;
}

/* --- the route -------------------------------------------------------------------------------- */

static void method_not_allowed(struct request *request, unsigned int methods)
{
	struct buf allow = BUF_INIT(64);

	for (int method = GET; method < METHODS; method++) {
		if (methods & 1u << method)
			buf_addf(&allow, "%s%s", allow.len ? ", " : "", method_name(method));
	}
	problem(request, &PROBLEM_METHOD_NOT_ALLOWED);
	respond_header(request, "Allow", allow.data);
	buf_free(&allow);
}

bool check_route(struct request *request)
{
	struct route_match match;

	if (!route_find(request->http->config.table, request->frontend, request->method,
			request->path, &match)) {
		if (match.methods)
			method_not_allowed(request, match.methods);
		else
			problem(request, &PROBLEM_NOT_FOUND);
		return false;
	}
	request->entry = match.entry;
	if (request_take_params(request, &match))
		return true;
	problem_detail(request, &PROBLEM_BAD_REQUEST, "the path is badly escaped or not UTF-8");
	return false;
}

/* --- the caller ------------------------------------------------------------------------------- */

static const struct identity machine_owner = {
	.subject = "machine",
	.session = "",
	.audience = "ecom",
	.scopes_array = "{}",
};

static void challenge(struct request *request, const char *attributes)
{
	char *value = arena_printf(&request->arena, "Bearer realm=\"ecom\"%s", attributes);

	respond_header(request, "WWW-Authenticate", value);
}

static enum MHD_Result count_authorization(void *arg, enum MHD_ValueKind kind, const char *key,
					   const char *value)
{
	(void)kind;
	(void)value;
	*(int *)arg += strcasecmp(key, "Authorization") == 0;
	return MHD_YES;
}

static bool refuse_token(struct request *request, const char *why)
{
	problem_detail(request, &PROBLEM_INVALID_TOKEN, "%s", why);
	challenge(request, ", error=\"invalid_token\"");
	return false;
}

/* Basic is a client's own credential for the token endpoint, whose task checks it. */
static bool is_basic(const struct request *request, const char *header)
{
	return request->entry->route->form && strncasecmp(header, "Basic ", 6) == 0;
}

static bool take_token(struct request *request, const char *header)
{
	struct verifier *verifier = request->http->config.service->verifier;
	const char *audience = request->frontend == INTERNAL ? "internal" : "ecom";
	enum token_verdict verdict;
	int count = 0;

	MHD_get_connection_values(request->connection, MHD_HEADER_KIND, count_authorization,
				  &count);
	if (count != 1) {
		problem_detail(request, &PROBLEM_BAD_REQUEST, "more than one Authorization header");
		return false;
	}
	if (is_basic(request, header))
		return true;
	if (strncasecmp(header, "Bearer ", 7) != 0)
		return refuse_token(request, "only Bearer tokens are accepted here");
	if (!verifier || !verifier_has_keys(verifier)) {
		problem_detail(request, &PROBLEM_UNAVAILABLE,
			       "no keys to verify tokens with have arrived yet");
		return false;
	}
	verdict = verifier_check(verifier, header + 7, strlen(header + 7), audience,
				 &request->identity);
	if (verdict == TOKEN_OK)
		return true;
	request->identity = NULL;
	if (verdict == TOKEN_UNKNOWN_KEY)
		keys_refresh(request->http->config.service->keys);
	return refuse_token(request, token_verdict_text(verdict));
}

/* The verifier's identity lives until its next call; ours as long as the request. */
static void keep_identity(struct request *request)
{
	const struct identity *from = request->identity;
	struct identity *to = arena_alloc(&request->arena, sizeof(*to));

	*to = *from;
	to->subject = arena_strdup(&request->arena, from->subject);
	to->session = arena_strdup(&request->arena, from->session);
	to->audience = arena_strdup(&request->arena, from->audience);
	to->scopes_array = arena_strdup(&request->arena, from->scopes_array);
	for (size_t i = 0; i < from->nscopes; i++)
		to->scopes[i] = arena_strdup(&request->arena, from->scopes[i]);
	request->identity = to;
}

static bool check_scope(struct request *request, const char *scope)
{
	char *attributes;

	if (request->frontend == LOCAL || !scope || identity_has_scope(request->identity, scope))
		return true;
	problem_detail(request, &PROBLEM_INSUFFICIENT_SCOPE, "the scope %s is needed", scope);
	attributes = arena_printf(&request->arena, ", error=\"insufficient_scope\", scope=\"%s\"",
				  scope);
	challenge(request, attributes);
	return false;
}

bool check_caller(struct request *request)
{
	const struct route *route = request->entry->route;
	const char *header;

	if (request->frontend == DIRECT)
		return true;
	if (request->frontend == LOCAL) {
		request->identity = &machine_owner;
		return true;
	}
	header = request_header(request, "Authorization");
	if (header && !take_token(request, header))
		return false;
	if (request->identity)
		keep_identity(request);
	else if (route->scope || route->token || request->frontend == INTERNAL) {
		problem(request, &PROBLEM_UNAUTHENTICATED);
		challenge(request, "");
		return false;
	}
	return check_scope(request, route->scope);
}

/* --- the input -------------------------------------------------------------------------------- */

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

/* --- conditions ------------------------------------------------------------------------------- */

/* A structured-field string or the bare text; NULL when it is neither. */
static const char *key_unquote(struct arena *arena, const char *text)
{
	size_t len = strlen(text);
	char *key;

	if (len >= 2 && text[0] == '"' && text[len - 1] == '"') {
		text++;
		len -= 2;
	}
	if (len == 0 || len > KEY_MAX)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		if (text[i] <= ' ' || text[i] > '~' || text[i] == '"')
			return NULL;
	}
	key = arena_strndup(arena, text, len);
	return key;
}

static bool check_key(struct request *request)
{
	const char *header = request_header(request, "Idempotency-Key");

	if (header) {
		request->idempotency_key = key_unquote(&request->arena, header);
		if (!request->idempotency_key)
			problem(request, &PROBLEM_IDEMPOTENCY_KEY_INVALID);
		return request->idempotency_key != NULL;
	}
	if (request->entry->route->key == KEY_REQUIRED) {
		problem(request, &PROBLEM_IDEMPOTENCY_KEY_REQUIRED);
		return false;
	}
	if (request->entry->writes_key) {
		char *key = arena_alloc(&request->arena, UUID_SIZE);

		uuid_make(key);
		request->idempotency_key = key;
	}
	return true;
}

static bool check_if_match(struct request *request)
{
	const char *header = request_header(request, "If-Match");
	char *text;
	size_t len;
	int64_t version;

	if (!request->entry->route->if_match)
		return true;
	if (!header) {
		problem(request, &PROBLEM_PRECONDITION_REQUIRED);
		return false;
	}
	header += str_has_prefix(header, "W/") ? 2 : 0;
	len = strlen(header);
	if (len >= 2 && header[0] == '"' && header[len - 1] == '"')
		text = arena_strndup(&request->arena, header + 1, len - 2);
	else
		text = arena_strdup(&request->arena, header);
	if (!str_to_int(text, 0, INT64_MAX, &version)) {
		problem_detail(request, &PROBLEM_PRECONDITION_FAILED,
			       "no version of it ever had this ETag");
		return false;
	}
	request->if_match = text;
	return true;
}

bool check_conditions(struct request *request)
{
	return check_key(request) && check_if_match(request);
}
