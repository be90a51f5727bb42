/* POST /v1/guests: a token for somebody without an account, whose cart and orders belong to it. */
#include "daemons/userd/signing_keys.h"
#include "daemons/userd/sql.h"
#include "daemons/userd/userd.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/db/session.h"
#include "lib/http/problem.h"
#include "lib/http/request.h"
#include "lib/http/respond.h"

static char *sign(struct session *db, const char *subject, const char *scope, int64_t life)
{
	int64_t now = clock_real_s();

	return signing_keys_sign(db, &(struct token_claims){
					     .issuer = options_str(userd_settings, "issuer"),
					     .subject = subject,
					     .audience = "ecom",
					     .session = "",
					     .scope = scope,
					     .issued_at = now,
					     .expires_at = now + life,
				     });
}

void create_guest(struct request *request, struct session *db)
{
	const char *id = request_reserved(request, "new_id");
	int64_t life = options_int(userd_settings, "guest_token_life") / 1000;
	char *subject scoped(scoped_free) = xasprintf("guest:%s", id);
	char *token scoped(scoped_free) = NULL;
	PGresult *found scoped(scoped_result) = session_query(db, SQL(guest_scope));

	if (!session_ok(found)) {
		problem_from_result(request, take_ptr(found));
		return;
	}
	token = sign(db, subject, row_get(found, "scope"), life);
	if (!token) {
		problem(request, &PROBLEM_UNAVAILABLE);
		return;
	}
	respond_header(request, "Cache-Control", "no-store");
	respond_json(request, 201,
		     json_pack("{s:s, s:s, s:s, s:I}", "guest", subject, "access_token", token,
			       "token_type", "Bearer", "expires_in", (json_int_t)life));
}
