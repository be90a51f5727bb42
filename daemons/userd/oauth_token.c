/* POST /oauth/token (RFC 6749): tokens for a refresh token or for a client's own credential. */
#include "daemons/userd/oauth.h"
#include "daemons/userd/problems.h"
#include "daemons/userd/userd.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/http/request.h"

static const struct {
	const char *name;
	task_fn *issue;
} grants[] = {
	{ "client_credentials", issue_for_client },
	{ "refresh_token", issue_for_refresh_token },
};

void issue_token(struct request *request, struct session *db)
{
	const char *type = json_get_string(request_body(request), "grant_type", NULL);

	for (size_t i = 0; type && i < array_size(grants); i++) {
		if (str_eq(type, grants[i].name)) {
			grants[i].issue(request, db);
			return;
		}
	}
	if (type)
		oauth_problem(request, &OAUTH_UNSUPPORTED_GRANT_TYPE, NULL);
	else
		oauth_problem(request, &OAUTH_INVALID_REQUEST, "grant_type is missing");
}
