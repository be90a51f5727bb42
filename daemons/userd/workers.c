/* What userd does by itself, on one instance at a time. */
#include "daemons/userd/bootstrap.h"
#include "daemons/userd/signing_keys.h"
#include "daemons/userd/sql.h"
#include "daemons/userd/userd.h"
#include "lib/base/log.h"
#include "lib/db/session.h"

#define EVERY_MS 5000

static enum job_result housekeeping(struct session *db, const struct job *job)
{
	const char *why = "";

	(void)job;
	if (!bootstrap_clients(db, &why))
		job_reason("%s", why);
	else if (!signing_keys_rotate(db))
		job_reason("the signing keys could not be renewed");
	else
		return JOB_DONE;
	return JOB_RETRY;
}

/* The claim has done it. */
void resets_answered(struct session *db, const PGresult *rows)
{
	(void)db;
	log_debug("%d asked for a new password", PQntuples(rows));
}

const struct worker userd_workers[] = {
	{ "housekeeping", .work = housekeeping, .every_ms = EVERY_MS },
	{ "resets", .claim = SQL(claim_resets), .work_batch = resets_answered, .batch = 50 },
	{ 0 },
};
