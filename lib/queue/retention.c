/* Removes what is kept for a limited time. */
#include "lib/base/mem.h"
#include "lib/db/session.h"
#include "lib/db/sql.h"
#include "lib/queue/worker.h"

#define EVERY_MS (10 * 60 * 1000)

static enum job_result retention(struct session *db, const struct job *job)
{
	PGresult *removed scoped(scoped_result) = session_query(db, SQL(retention));

	(void)job;
	if (session_ok(removed))
		return JOB_DONE;
	job_reason("%s", PQresultErrorMessage(removed));
	return JOB_RETRY;
}

const struct worker retention_workers[] = {
	{ "retention", .work = retention, .every_ms = EVERY_MS },
	{ 0 },
};
