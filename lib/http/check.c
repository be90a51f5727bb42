/* What a request must pass before it is worked on: gateway, route, conditions. The caller and the
 * input have files of their own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/http/exchange.h"
#include "lib/http/listener.h"
#include "lib/http/problem.h"
#include "lib/http/respond.h"

#define KEY_MAX 255

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
	if (request_take_params(request, &match)) {
		for (int i = 0; i < match.entry->nparams; i++) {
			if (!check_cards_text(request, request->params[i]))
				return false;
		}
		return true;
	}
	problem_detail(request, &PROBLEM_BAD_REQUEST, "the path is badly escaped or not UTF-8");
	return false;
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

	if (!check_cards_text(request, header))
		return false;
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
	/* What follows the version in an ETag tells answers of one version apart. */
	text[strcspn(text, ".")] = '\0';
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
