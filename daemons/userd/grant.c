/* The answer of whoever asked for tokens and gets them (RFC 6749 section 5.1). */
#include "daemons/userd/grant.h"

#include "daemons/userd/signing_keys.h"
#include "daemons/userd/userd.h"
#include "lib/base/clock.h"
#include "lib/http/problem.h"
#include "lib/http/respond.h"

void grant_answer(struct request *request, struct session *db, int status,
		  const struct grant *grant)
{
	int64_t now = clock_real_s(),
		life = options_int(userd_settings, "access_token_life") / 1000;
	char *token scoped(scoped_free) =
		signing_keys_sign(db, &(struct token_claims){
					      .issuer = options_str(userd_settings, "issuer"),
					      .subject = grant->subject,
					      .audience = grant->audience,
					      .session = grant->session,
					      .scope = grant->scope,
					      .issued_at = now,
					      .expires_at = now + life,
				      });

	if (!token) {
		problem(request, &PROBLEM_UNAVAILABLE);
		return;
	}
	respond_header(request, "Cache-Control", "no-store");
	respond_json(request, status,
		     json_pack("{s:s, s:s, s:I, s:s*, s:s}", "access_token", token, "token_type",
			       "Bearer", "expires_in", (json_int_t)life, "refresh_token",
			       grant->refresh_token, "scope", grant->scope));
}
