/* POST /v1/sessions: an e-mail address and a password for tokens. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemons/userd/grant.h"
#include "daemons/userd/problems.h"
#include "daemons/userd/refresh_token.h"
#include "daemons/userd/sql.h"
#include "daemons/userd/userd.h"
#include "lib/auth/password.h"
#include "lib/base/json.h"
#include "lib/db/session.h"
#include "lib/http/request.h"
#include "lib/http/respond.h"

struct login {
	const char *email, *password;
	char email_hash[HASH_HEX_SIZE];
};

static void seconds_text(const char *option, char out[24])
{
	snprintf(out, 24, "%lld", (long long)options_int(userd_settings, option) / 1000);
}

static void refuse_for(struct request *request, const char *seconds)
{
	problem(request, &PROBLEM_TOO_MANY_ATTEMPTS);
	respond_header(request, "Retry-After", seconds);
}

/* Counted by address, so that an unknown one is throttled as well. */
static void fail(struct request *request, struct session *db, const struct login *login)
{
	PGresult *counted = session_query(db, SQL(count_login_failure), "email_hash",
					  login->email_hash);

	if (!session_ok(counted)) {
		problem_from_result(request, counted);
		return;
	}
	PQclear(counted);
	problem(request, &PROBLEM_INVALID_CREDENTIALS);
	respond_header(request, "WWW-Authenticate", "Bearer realm=\"ecom\"");
}

static void start(struct request *request, struct session *db, const struct login *login,
		  const char *user_id, const char *old_hash)
{
	PGresult *started scoped(scoped_result) = NULL;
	char session_seconds[24], token_seconds[24], hash[PASSWORD_HASH_SIZE];
	bool rehash = password_needs_rehash(old_hash) && password_hash(login->password, hash);
	struct refresh_token token;

	refresh_token_make(&token);
	seconds_text("session_life", session_seconds);
	seconds_text("refresh_token_life", token_seconds);
	started = session_query(db, SQL(start_session), "new_id",
				request_reserved(request, "new_id"), "user_id", user_id,
				"session_seconds", session_seconds, "token_seconds", token_seconds,
				"token_hash", token.hash, "email_hash", login->email_hash,
				"password_hash", rehash ? hash : NULL);
	if (!session_ok(started)) {
		problem_from_result(request, take_ptr(started));
		return;
	}
	respond_header(request, "Location", "/v1/sessions/current");
	grant_answer(request, db, 201,
		     &(struct grant){
			     .subject = user_id,
			     .audience = "ecom",
			     .scope = row_get(started, "scope"),
			     .session = row_get(started, "session_id"),
			     .refresh_token = token.text,
		     });
}

void create_session(struct request *request, struct session *db)
{
	PGresult *found scoped(scoped_result) = NULL;
	const char *wait, *hash;
	struct login login = {
		.email = json_get_string(request_body(request), "email", ""),
		.password = json_get_string(request_body(request), "password", ""),
	};

	hash_sha256_hex(login.email, strlen(login.email), login.email_hash);
	found = session_query(db, SQL(find_login), "email", login.email, "email_hash",
			      login.email_hash);
	if (!session_ok(found)) {
		problem_from_result(request, take_ptr(found));
		return;
	}
	wait = row_get(found, "wait_seconds");
	hash = row_get(found, "password_hash");
	if (wait && atoi(wait) > 0)
		refuse_for(request, wait);
	else if (!password_verify(hash, login.password))
		fail(request, db, &login);
	else
		start(request, db, &login, row_get(found, "user_id"), hash);
}
