/* The grant refresh_token: each is used once and replaced; a second use ends the session. */
#include <stdio.h>

#include "daemons/userd/grant.h"
#include "daemons/userd/oauth.h"
#include "daemons/userd/problems.h"
#include "daemons/userd/refresh_token.h"
#include "daemons/userd/sql.h"
#include "daemons/userd/userd.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/str.h"
#include "lib/db/session.h"
#include "lib/http/request.h"

static void answer(struct request *request, struct session *db, const PGresult *row,
		   const struct refresh_token *next)
{
	grant_answer(request, db, 200,
		     &(struct grant){
			     .subject = row_get(row, "user_id"),
			     .audience = "ecom",
			     .scope = row_get(row, "scope"),
			     .session = row_get(row, "session_id"),
			     .refresh_token = next->text,
		     });
}

/* The token is not usable: unknown, expired, of an ended session, or used before. */
static void judge(struct request *request, struct session *db, const struct refresh_token *token,
		  const char *scope)
{
	PGresult *shown scoped(scoped_result) =
		session_query(db, SQL(judge_used_token), "token_hash", token->hash, "scope", scope);
	struct refresh_token next;

	if (!session_ok(shown)) {
		problem_from_result(request, take_ptr(shown));
	} else if (PQntuples(shown) == 0) {
		oauth_problem(request, &OAUTH_INVALID_GRANT, "it is unknown, expired or revoked");
	} else if (str_eq(row_get(shown, "is_lost_answer"), "t") &&
		   refresh_token_unseal(row_get(shown, "sealed_successor"), token, &next)) {
		answer(request, db, shown, &next);
	} else {
		if (str_eq(row_get(shown, "was_ended"), "t"))
			log_warn("session %s was ended: a used refresh token was shown again",
				 row_get(shown, "session_id"));
		oauth_problem(request, &OAUTH_INVALID_GRANT,
			      "it was used before, so its session has ended");
	}
}

void issue_for_refresh_token(struct request *request, struct session *db)
{
	const json_t *body = request_body(request);
	const char *text = json_get_string(body, "refresh_token", NULL);
	const char *scope = json_get_string(body, "scope", NULL);
	PGresult *used scoped(scoped_result) = NULL;
	char sealed[REFRESH_TOKEN_SEALED_SIZE], seconds[24];
	struct refresh_token token, next;

	if (!text) {
		oauth_problem(request, &OAUTH_INVALID_REQUEST, "refresh_token is missing");
		return;
	}
	if (!str_eq(json_get_string(body, "audience", "ecom"), "ecom")) {
		oauth_problem(request, &OAUTH_INVALID_TARGET, NULL);
		return;
	}
	if (!refresh_token_take(text, &token)) {
		oauth_problem(request, &OAUTH_INVALID_GRANT, "it is no refresh token");
		return;
	}
	refresh_token_make(&next);
	refresh_token_seal(&next, &token, sealed);
	snprintf(seconds, sizeof(seconds), "%lld",
		 (long long)options_int(userd_settings, "refresh_token_life") / 1000);
	used = session_query(db, SQL(rotate_token), "token_hash", token.hash, "successor_hash",
			     next.hash, "sealed_successor", sealed, "token_seconds", seconds,
			     "scope", scope);
	if (!session_ok(used))
		problem_from_result(request, take_ptr(used));
	else if (PQntuples(used) == 0)
		judge(request, db, &token, scope);
	else
		answer(request, db, used, &next);
}
