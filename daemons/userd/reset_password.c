/* POST /v1/password-resets/confirm: by the link in the mail. */
#include "daemons/userd/common_password.h"
#include "daemons/userd/sql.h"
#include "daemons/userd/userd.h"
#include "lib/auth/password.h"
#include "lib/base/json.h"
#include "lib/db/session.h"
#include "lib/http/problem.h"
#include "lib/http/request.h"
#include "lib/http/respond.h"

/* False after answering. */
static bool is_good(struct request *request, const char *password, const char *email)
{
	if (!password_is_common(password, email))
		return true;
	problem_fields(request, &(struct field_errors){
					.list = { { "/password", "too_common",
						    "is one of the first that are tried" } },
					.count = 1,
				});
	return false;
}

void reset_password(struct request *request, struct session *db)
{
	const char *token = json_get_string(request_body(request), "token", "");
	const char *password = json_get_string(request_body(request), "password", "");
	/* The link first: hashing is dear, and not for everybody. */
	PGresult *opened scoped(scoped_result) = session_query(db, SQL(open_reset), "token", token);
	char hash[PASSWORD_HASH_SIZE];
	PGresult *done;

	if (!session_ok(opened)) {
		problem_from_result(request, take_ptr(opened));
		return;
	}
	if (!is_good(request, password, row_get(opened, "email")))
		return;
	if (!password_hash(password, hash)) {
		problem(request, &PROBLEM_OVERLOADED);
		return;
	}
	done = session_query(db, SQL(reset_password), "token", token, "password_hash", hash);
	if (session_ok(done))
		respond_row(request, done);
	else
		problem_from_result(request, done);
}
