/* The problems of userd that no constraint names. */
#include "daemons/userd/problems.h"

#include <string.h>

#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/http/request.h"
#include "lib/http/respond.h"

const struct problem PROBLEM_INVALID_CREDENTIALS = {
	401,
	"invalid_credentials",
	"The e-mail address or the password is wrong",
	NULL,
};
const struct problem PROBLEM_TOO_MANY_ATTEMPTS = {
	429,
	"too_many_attempts",
	"Too many failed logins for this account",
	"Wait for Retry-After; then the right password works again.",
};
const struct problem OAUTH_INVALID_REQUEST = {
	400,
	"invalid_request",
	"The token request is not complete",
	NULL,
};
const struct problem OAUTH_INVALID_CLIENT = {
	401,
	"invalid_client",
	"The client is unknown or its secret is wrong",
	NULL,
};
const struct problem OAUTH_INVALID_GRANT = {
	400,
	"invalid_grant",
	"The refresh token cannot be used",
	"Log in again.",
};
const struct problem OAUTH_UNSUPPORTED_GRANT_TYPE = {
	400,
	"unsupported_grant_type",
	"The grant type is not supported",
	"Use refresh_token or client_credentials.",
};
const struct problem OAUTH_INVALID_SCOPE = {
	400,
	"invalid_scope",
	"The client may have none of these scopes",
	NULL,
};
const struct problem OAUTH_INVALID_TARGET = {
	400,
	"invalid_target",
	"The client may not have tokens for this audience",
	NULL,
};

const struct problem *const userd_problems[] = {
	&PROBLEM_INVALID_CREDENTIALS, &PROBLEM_TOO_MANY_ATTEMPTS, &OAUTH_INVALID_REQUEST,
	&OAUTH_INVALID_CLIENT,        &OAUTH_INVALID_GRANT,       &OAUTH_UNSUPPORTED_GRANT_TYPE,
	&OAUTH_INVALID_SCOPE,         &OAUTH_INVALID_TARGET,      NULL,
};

void oauth_problem(struct request *request, const struct problem *problem, const char *detail)
{
	char *type = arena_printf(request_arena(request), "/problems/%s", problem->code);
	json_t *body scoped(scoped_json) = json_pack(
		"{s:s, s:s, s:i, s:s, s:s*, s:s*, s:s, s:b, s:s, s:s}", "type", type, "title",
		problem->title, "status", problem->status, "code", problem->code, "detail", detail,
		"hint", problem->hint, "request_id", request_id(request), "retryable", 0, "error",
		problem->code, "error_description", detail ? detail : problem->title);
	char *text = json_text(body);

	respond_text(request, problem->status, "application/problem+json", text, strlen(text));
	respond_header(request, "Cache-Control", "no-store");
	if (problem->status == 401)
		respond_header(request, "WWW-Authenticate", "Basic realm=\"ecom\"");
}
