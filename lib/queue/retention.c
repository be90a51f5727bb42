/* Removes what is kept for a limited time. */
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/db/session.h"
#include "lib/db/sql.h"
#include "lib/queue/worker.h"

#define EVERY_MS (10 * 60 * 1000)

/* In parts, so that no statement runs into its time limit after a long standstill. */
static enum job_result retention(struct session *db, const struct job *job)
{
	(void)job;
	for (;;) {
		PGresult *removed scoped(scoped_result) = session_query(db, SQL(retention));

		if (!session_ok(removed)) {
			job_reason("%s", PQresultErrorMessage(removed));
			return JOB_RETRY;
		}
		if (str_eq(row_get(removed, "removed"), "0"))
			return JOB_DONE;
	}
}

const struct worker retention_workers[] = {
	{ "retention", .work = retention, .every_ms = EVERY_MS },
	{ 0 },
};
