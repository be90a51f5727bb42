/* Who calls, and whether the route is for them. */
#include <string.h>
#include <strings.h>

#include "lib/auth/token.h"
#include "lib/daemon/daemon.h"
#include "lib/daemon/keys.h"
#include "lib/http/exchange.h"
#include "lib/http/listener.h"
#include "lib/http/problem.h"
#include "lib/http/respond.h"

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
