/* Queues that succeed, fail, and give up. */
#include <stdio.h>
#include <string.h>

#include "lib/base/mem.h"
#include "lib/db/session.h"
#include "tests/doubles/testd/routes.h"
#include "tests/doubles/testd/sql.h"

static enum job_result note(struct session *db, const struct job *job)
{
	PGresult *noted scoped(scoped_result) = NULL;
	char attempt[16];

	if (strstr(job->payload, "hopeless")) {
		job_reason("hopeless");
		return JOB_DEAD;
	}
	if (strstr(job->payload, "again") && job->attempt < 3) {
		job_reason("attempt %d", job->attempt);
		return JOB_RETRY;
	}
	if (strstr(job->payload, "never")) {
		job_reason("never works");
		return JOB_RETRY;
	}
	snprintf(attempt, sizeof(attempt), "%d", job->attempt);
	noted = session_query(db, SQL(insert_worked), "id", job->id, "attempt", attempt, "payload",
			      job->payload);
	return session_ok(noted) ? JOB_DONE : JOB_RETRY;
}

const struct worker testd_workers[] = {
	{ "note", .work = note, .attempts = 4, .backoff_ms = 10 },
	{ "items", .claim = SQL(claim_items), .work_batch = work_on_items, .batch = 8,
	  .lease_ms = 10000 },
	{ 0 },
};
