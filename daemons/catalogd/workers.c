/* What catalogd does by itself. */
#include "daemons/catalogd/catalogd.h"
#include "daemons/catalogd/sql.h"
#include "lib/base/str.h"
#include "lib/db/session.h"

#define EVERY_MS 1000

/* Readers count expired holds as free anyway; this keeps the counters and watchers up to date. */
static enum job_result expire_holds(struct session *db, const struct job *job)
{
	(void)job;
	for (;;) {
		PGresult *expired scoped(scoped_result) = session_query(db, SQL(expire_holds));

		if (!session_ok(expired)) {
			job_reason("%s", PQresultErrorMessage(expired));
			return JOB_RETRY;
		}
		if (str_eq(row_get(expired, "expired"), "0"))
			return JOB_DONE;
	}
}

const struct worker catalogd_workers[] = {
	{ "expire-holds", .work = expire_holds, .every_ms = EVERY_MS },
	{ 0 },
};
