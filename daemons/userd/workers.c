/* What userd does by itself, on one instance at a time. */
#include "daemons/userd/bootstrap.h"
#include "daemons/userd/signing_keys.h"
#include "daemons/userd/sql.h"
#include "daemons/userd/userd.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/db/session.h"

#define EVERY_MS        5000
#define FORGET_EVERY_MS (10 * 60 * 1000)

static bool forget_expired(struct session *db)
{
	static int64_t done_at_ms;
	PGresult *forgotten scoped(scoped_result) = NULL;

	if (done_at_ms && clock_mono_ms() - done_at_ms < FORGET_EVERY_MS)
		return true;
	forgotten = session_query(db, SQL(forget_expired));
	if (session_ok(forgotten))
		done_at_ms = clock_mono_ms();
	return session_ok(forgotten);
}

static enum job_result housekeeping(struct session *db, const struct job *job)
{
	const char *why = "";

	(void)job;
	if (!bootstrap_clients(db, &why))
		job_reason("%s", why);
	else if (!signing_keys_rotate(db))
		job_reason("the signing keys could not be renewed");
	else if (!forget_expired(db))
		job_reason("what has expired could not be removed");
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
