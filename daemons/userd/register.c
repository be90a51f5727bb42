/* POST /v1/users */
#include "daemons/userd/common_password.h"
#include "daemons/userd/sql.h"
#include "daemons/userd/userd.h"
#include "lib/auth/password.h"
#include "lib/base/json.h"
#include "lib/db/session.h"
#include "lib/http/problem.h"
#include "lib/http/request.h"
#include "lib/http/respond.h"

void register_user(struct request *request, struct session *db)
{
	const char *email = json_get_string(request_body(request), "email", "");
	const char *name = json_get_string(request_body(request), "name", "");
	const char *locale = json_get_string(request_body(request), "locale", NULL);
	const char *password = json_get_string(request_body(request), "password", "");
	char hash[PASSWORD_HASH_SIZE];
	PGresult *created;

	if (password_is_common(password, email)) {
		problem_fields(request,
			       &(struct field_errors){
				       .list = { { "/password", "too_common",
						   "is one of the first that are tried" } },
				       .count = 1,
			       });
		return;
	}
	if (!password_hash(password, hash)) {
		problem(request, &PROBLEM_OVERLOADED);
		return;
	}
	created = session_query(db, SQL(create_user), "subject",
				request_reserved(request, "subject"), "route",
				request_reserved(request, "route"), "idempotency_key",
				request_reserved(request, "idempotency_key"), "request_hash",
				request_reserved(request, "request_hash"), "new_id",
				request_reserved(request, "new_id"), "email", email, "name", name,
				"locale", locale, "password_hash", hash);
	if (session_ok(created))
		respond_row(request, created);
	else
		problem_from_result(request, created);
}
