/* DELETE /v1/sessions/current: the session of the token ends, with all its refresh tokens. */
#include "daemons/userd/sql.h"
#include "daemons/userd/userd.h"
#include "lib/db/session.h"
#include "lib/http/problem.h"
#include "lib/http/request.h"
#include "lib/http/respond.h"

void end_session(struct request *request, struct session *db)
{
	const struct identity *identity = request_identity(request);
	PGresult *ended = session_query(db, SQL(end_session), "session_id", identity->session,
					"subject", identity->subject);

	if (session_ok(ended))
		respond_row(request, ended);
	else
		problem_from_result(request, ended);
}
