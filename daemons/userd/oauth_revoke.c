/* POST /oauth/revoke (RFC 7009): a refresh token ends its session; anything else changes nothing. */
#include "daemons/userd/problems.h"
#include "daemons/userd/refresh_token.h"
#include "daemons/userd/sql.h"
#include "daemons/userd/userd.h"
#include "lib/base/json.h"
#include "lib/db/session.h"
#include "lib/http/request.h"
#include "lib/http/respond.h"

void revoke_token(struct request *request, struct session *db)
{
	const char *text = json_get_string(request_body(request), "token", NULL);
	struct refresh_token token;
	PGresult *revoked;

	if (!text) {
		oauth_problem(request, &OAUTH_INVALID_REQUEST, "token is missing");
		return;
	}
	if (refresh_token_take(text, &token)) {
		revoked = session_query(db, SQL(revoke_token), "token_hash", token.hash);
		if (!session_ok(revoked)) {
			problem_from_result(request, revoked);
			return;
		}
		PQclear(revoked);
	}
	respond_json(request, 200, json_object());
}
