/* Removes what is kept for a limited time. */
#include "lib/queue/retention.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/db/session.h"
#include "lib/db/sql.h"
#include "lib/events/stream.h"
#include "lib/http/metrics.h"
#include "lib/queue/worker.h"

#define BATCH    "2000" /* no statement runs into its time limit after a long standstill */
#define ROWS_MAX 32
#define DAYS(n)  (INT64_C(86400000) * (n))

/* The least of outbox and inbox: clients that follow events, and `event replay`, rely on 7 days. */
const struct option retention_options[] = {
	{ "retention_idempotency", OPTION_DURATION, "7d", DAYS(1), DAYS(365),
	  "How long a key is remembered: so long a repeated request has no second effect" },
	{ "retention_outbox", OPTION_DURATION, "7d", DAYS(7), DAYS(365),
	  "How long events are kept after they were published" },
	{ "retention_inbox", OPTION_DURATION, "15d", DAYS(14), DAYS(3650),
	  "How long it is remembered which events were applied: longer than retention_outbox and "
	  "7d "
	  "together" },
	{ "retention_jobs", OPTION_DURATION, "7d", DAYS(1), DAYS(365),
	  "How long done jobs are kept; dead ones stay until they are retried" },
	{ "retention_every", OPTION_DURATION, "10m", 100, DAYS(1),
	  "How often what has been kept long enough is looked for" },
	{ 0 },
};

static const struct retention shared[] = {
	{ "idempotency", "retention_idempotency", 0, SQL(retention_idempotency) },
	{ "outbox", "retention_outbox", 0, SQL(retention_outbox) },
	{ "inbox", "retention_inbox", 0, SQL(retention_inbox) },
	{ "jobs", "retention_jobs", 0, SQL(retention_jobs) },
	{ 0 },
};

/* What this process has done; of all processes together the table retention_run tells. */
struct tally {
	const struct retention *row;
	int64_t kept_ms;
	uint64_t removed;
	double oldest; /* seconds; below 0: nothing waits, or not looked yet */
};

static struct tally tallies[ROWS_MAX];
static size_t count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

bool retention_check(const struct options *options, char **error)
{
	int64_t outbox = options_int(options, "retention_outbox");
	int64_t inbox = options_int(options, "retention_inbox");

	if (inbox >= outbox + STREAM_KEPT_MS)
		return true;
	*error = xasprintf("retention_inbox must be at least retention_outbox and the %" PRId64
			   " days that NATS keeps events together, %" PRId64
			   "d: else an event that comes again has its effect again",
			   STREAM_KEPT_MS / DAYS(1), (outbox + STREAM_KEPT_MS) / DAYS(1));
	return false;
}

static void rows_add(const struct retention *rows, const struct options *options)
{
	for (; rows && rows->name; rows++) {
		if (count == ROWS_MAX)
			die("more than %d rows of retention", ROWS_MAX);
		tallies[count++] = (struct tally){
			.row = rows,
			.kept_ms = rows->option ? options_int(options, rows->option)
						: rows->kept_ms,
			.oldest = -1,
		};
	}
}

static void tally_add(struct tally *tally, int64_t removed, const char *oldest)
{
	pthread_mutex_lock(&lock);
	tally->removed += (uint64_t)removed;
	tally->oldest = oldest ? strtod(oldest, NULL) : -1;
	pthread_mutex_unlock(&lock);
}

/* Until nothing is left to remove. The error text, or NULL; the caller frees. */
static char *sweep(struct session *db, struct tally *tally, int64_t *total)
{
	char kept[24];

	snprintf(kept, sizeof(kept), "%" PRId64, tally->kept_ms);
	for (;;) {
		PGresult *row scoped(scoped_result) = session_query(db, tally->row->sql, "kept_ms",
								    kept, "batch", BATCH);
		int64_t removed = 0;

		if (!session_ok(row))
			return xstrdup(PQresultErrorMessage(row));
		str_to_int(row_get(row, "removed"), 0, INT64_MAX, &removed);
		*total += removed;
		tally_add(tally, removed, row_get(row, "oldest"));
		if (removed == 0)
			return NULL;
	}
}

static bool note(struct session *db, const struct tally *tally, int64_t removed, const char *error)
{
	PGresult *noted scoped(scoped_result) = NULL;
	char kept[24], number[24], oldest[32];

	snprintf(kept, sizeof(kept), "%" PRId64, tally->kept_ms);
	snprintf(number, sizeof(number), "%" PRId64, removed);
	snprintf(oldest, sizeof(oldest), "%.0f", tally->oldest);
	noted = session_query(db, SQL(retention_note), "name", tally->row->name, "kept_ms", kept,
			      "removed", number, "oldest", tally->oldest < 0 ? NULL : oldest,
			      "error", error);
	return session_ok(noted);
}

/* One that fails does not keep the others. */
static enum job_result retention(struct session *db, const struct job *job)
{
	enum job_result result = JOB_DONE;

	(void)job;
	for (size_t i = 0; i < count; i++) {
		int64_t removed = 0;
		char *error scoped(scoped_free) = sweep(db, &tallies[i], &removed);

		if (!note(db, &tallies[i], removed, error) || error) {
			job_reason("%s: %s", tallies[i].row->name,
				   error ? error : "what was done could not be noted");
			result = JOB_RETRY;
		}
	}
	return result;
}

struct worker retention_workers[] = {
	{ "retention", .work = retention, .every_ms = 600000 },
	{ 0 },
};

void retention_open(const struct retention *own, const struct options *options)
{
	count = 0;
	retention_workers[0].every_ms = options_int(options, "retention_every");
	rows_add(shared, options);
	rows_add(own, options);
}

void retention_metrics(struct buf *out, void *unused)
{
	(void)unused;
	pthread_mutex_lock(&lock);
	metrics_family(out, "ecom_retention_removed_total", "counter",
		       "Rows whose time was over, removed by this instance.");
	for (size_t i = 0; i < count; i++)
		metrics_sample(out, "ecom_retention_removed_total", (double)tallies[i].removed,
			       "table", tallies[i].row->name);
	metrics_family(out, "ecom_retention_oldest_seconds", "gauge",
		       "Age of the oldest row that waits for its end; -1: none, or not looked.");
	for (size_t i = 0; i < count; i++)
		metrics_sample(out, "ecom_retention_oldest_seconds", tallies[i].oldest, "table",
			       tallies[i].row->name);
	pthread_mutex_unlock(&lock);
}
