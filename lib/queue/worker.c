/* Workers: claim, work, settle. */
#include "lib/queue/worker.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/fault.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/db/session.h"
#include "lib/db/sql.h"

#define POLL_MS              200 /* a wake-up can be missed: another instance queued the job */
#define GAP_MS               3   /* between turns that find nothing, however often we are woken; */
#define GAP_MOST_MS          48  /* doubled each time: what is woken for others looks rarely */
#define BATCH                16
#define ATTEMPTS             5
#define BACKOFF_MS           1000
#define BACKOFF_MOST_MS      3600000
#define LEASE_MS             60000
#define STATEMENT_TIMEOUT_MS 30000

struct thread {
	struct workers *workers;
	const struct worker *worker;
	uint64_t wakes;
	pthread_t id;
};

struct workers {
	pthread_mutex_t lock;
	pthread_cond_t changed; /* somebody was woken, or we must stop */
	/* For those who rest whoever is woken: each signal costs them a turn. */
	pthread_cond_t stopped;
	bool stop;
	char *database_url;
	void (*wake)(void *arg, const char *whom); /* what our commits may have left work for */
	void *wake_arg;
	struct thread *threads;
	size_t count;
};

static _Thread_local char reason[256];

void job_reason(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
}

static int64_t or_default(int64_t value, int64_t fallback)
{
	return value ? value : fallback;
}

static void wake_others(const struct workers *workers, const struct worker *worker)
{
	if (workers->wake)
		workers->wake(workers->wake_arg, worker->wakes);
}

/* Until the time is up, we must stop or, with `seen`, somebody wakes us; false to stop. */
static bool rest(struct thread *thread, uint64_t *seen, int64_t ms)
{
	struct workers *workers = thread->workers;
	pthread_cond_t *signal = seen ? &workers->changed : &workers->stopped;
	struct timespec until = clock_deadline(ms);
	bool go_on;

	pthread_mutex_lock(&workers->lock);
	while (!workers->stop && (!seen || thread->wakes == *seen) &&
	       pthread_cond_timedwait(signal, &workers->lock, &until) == 0)
		;
	if (seen)
		*seen = thread->wakes;
	go_on = !workers->stop;
	pthread_mutex_unlock(&workers->lock);
	return go_on;
}

static int64_t backoff(const struct worker *worker, int attempt)
{
	int64_t ms = or_default(worker->backoff_ms, BACKOFF_MS);

	while (--attempt > 0 && ms < BACKOFF_MOST_MS)
		ms *= 2;
	return ms < BACKOFF_MOST_MS ? ms : BACKOFF_MOST_MS;
}

static void settle(struct session *db, const struct worker *worker, const struct job *job,
		   enum job_result result)
{
	static const char *const states[] = { "done", "queued", "dead" };
	PGresult *settled scoped(scoped_result) = NULL;
	char attempt[16], delay[24];

	if (result == JOB_RETRY && job->tries >= or_default(worker->attempts, ATTEMPTS))
		result = JOB_DEAD;
	snprintf(attempt, sizeof(attempt), "%d", job->attempt);
	snprintf(delay, sizeof(delay), "%lld",
		 (long long)(result == JOB_RETRY ? backoff(worker, job->tries) : 0));
	settled = session_query(db, SQL(job_settle), "state", states[result], "reason",
				*reason ? reason : NULL, "delay_ms", delay, "id", job->id,
				"attempt", attempt);
	if (!session_ok(settled))
		log_warn("job %s of %s could not be settled: its lease will end", job->id,
			 worker->name);
	if (result == JOB_DEAD)
		log_error("job %s of %s is dead: %s", job->id, worker->name, reason);
}

static void work_on(struct session *db, const struct worker *worker, const struct job *job)
{
	enum job_result result;

	reason[0] = '\0';
	if (job->tries > or_default(worker->attempts, ATTEMPTS)) {
		job_reason("its worker was killed at each of %d attempts", job->tries - 1);
		result = JOB_DEAD;
	} else {
		result = worker->work(db, job);
	}
	session_settle(db);
	settle(db, worker, job, result);
}

static void work_on_jobs(const struct workers *workers, struct session *db,
			 const struct worker *worker, const PGresult *claimed)
{
	for (int row = 0; row < PQntuples(claimed); row++) {
		int64_t attempt = 1, tries = 1;

		str_to_int(row_get_at(claimed, row, "attempt"), 1, INT32_MAX, &attempt);
		str_to_int(row_get_at(claimed, row, "tries"), 1, INT32_MAX, &tries);
		work_on(db, worker,
			&(struct job){
				.id = row_get_at(claimed, row, "id"),
				.queue = worker->name,
				.payload = row_get_at(claimed, row, "payload"),
				.attempt = (int)attempt,
				.tries = (int)tries,
			});
		wake_others(workers, worker);
	}
}

static PGresult *claim(struct session *db, const struct worker *worker)
{
	char size[16], lease[24];

	snprintf(size, sizeof(size), "%d", (int)or_default(worker->batch, BATCH));
	snprintf(lease, sizeof(lease), "%lld", (long long)or_default(worker->lease_ms, LEASE_MS));
	if (worker->claim)
		return session_query(db, worker->claim, "batch", size, "lease_ms", lease);
	return session_query(db, SQL(job_claim), "queue", worker->name, "batch", size, "lease_ms",
			     lease);
}

/* The number of jobs or rows; 0 when there was none or the database is away. */
static int batch(const struct workers *workers, struct session *db, const struct worker *worker)
{
	PGresult *claimed scoped(scoped_result) = claim(db, worker);

	if (!session_ok(claimed) || PQntuples(claimed) == 0)
		return 0;
	if (worker->claim) {
		worker->work_batch(db, claimed);
		session_settle(db);
		wake_others(workers, worker);
	} else {
		work_on_jobs(workers, db, worker, claimed);
	}
	return PQntuples(claimed);
}

/* One instance at a time; the lock goes with the connection if we are killed. */
static void periodic(const struct workers *workers, struct session *db, const struct worker *worker)
{
	PGresult *locked scoped(scoped_result) = session_query(db, SQL(try_lock), "name",
							       worker->name);
	PGresult *unlocked scoped(scoped_result) = NULL;

	if (!session_ok(locked) || PQntuples(locked) == 0)
		return;
	reason[0] = '\0';
	if (worker->work(db, &(struct job){ .queue = worker->name }) != JOB_DONE)
		log_warn("%s: %s", worker->name, reason);
	session_settle(db); /* in a failed transaction the lock would stay */
	unlocked = session_query(db, SQL(unlock), "name", worker->name);
	wake_others(workers, worker);
}

static void work_periodically(struct thread *thread, struct session *db)
{
	const struct worker *worker = thread->worker;
	int64_t ms = 0; /* at once, and then in its rhythm, whoever queues jobs meanwhile */

	for (; rest(thread, NULL, ms); ms = worker->every_ms)
		periodic(thread->workers, db, worker);
}

/* False when a batch was the last one: who says whom he leaves work for is woken when there is more. */
static bool batch_again(struct thread *thread, struct session *db)
{
	const struct worker *worker = thread->worker;
	int count = batch(thread->workers, db, worker);

	return count > 0 && (!worker->wakes || count == (int)or_default(worker->batch, BATCH));
}

static void work_on_queue(struct thread *thread, struct session *db)
{
	uint64_t seen = UINT64_MAX; /* the first turn is at once: a killed process left work */
	int64_t gap_ms = GAP_MS;

	while (rest(thread, &seen, POLL_MS)) {
		gap_ms = gap_ms < GAP_MOST_MS ? 2 * gap_ms : GAP_MOST_MS;
		while (batch_again(thread, db)) {
			gap_ms = GAP_MS;
			if (!rest(thread, NULL, 0))
				return;
		}
		if (!rest(thread, NULL, gap_ms))
			return;
	}
}

static void *worker_thread(void *arg)
{
	struct thread *thread = arg;
	const struct worker *worker = thread->worker;
	struct session *db = session_open(thread->workers->database_url, worker->name,
					  STATEMENT_TIMEOUT_MS);

	fault_scope(worker->name);
	if (worker->every_ms)
		work_periodically(thread, db);
	else
		work_on_queue(thread, db);
	session_close(db);
	return NULL;
}

struct workers *workers_start(const struct worker *const *tables, const char *database_url,
			      void (*wake)(void *arg, const char *whom), void *arg)
{
	struct workers *workers = xcalloc(1, sizeof(*workers));
	size_t rows = 0;

	pthread_mutex_init(&workers->lock, NULL);
	clock_cond_init(&workers->changed);
	clock_cond_init(&workers->stopped);
	workers->database_url = xstrdup(database_url);
	workers->wake = wake;
	workers->wake_arg = arg;
	for (size_t i = 0; tables[i]; i++) {
		for (const struct worker *worker = tables[i]; worker->name; worker++)
			rows++;
	}
	workers->threads = xcalloc(rows, sizeof(*workers->threads));
	for (; *tables; tables++) {
		for (const struct worker *worker = *tables; worker->name; worker++) {
			struct thread *thread = &workers->threads[workers->count++];

			*thread = (struct thread){ .workers = workers, .worker = worker };
			if (pthread_create(&thread->id, NULL, worker_thread, thread))
				die("cannot start a thread");
		}
	}
	return workers;
}

void workers_wake(struct workers *workers, const char *name)
{
	bool found = false;

	pthread_mutex_lock(&workers->lock);
	for (size_t i = 0; i < workers->count; i++) {
		struct thread *thread = &workers->threads[i];

		if (name && !str_eq(thread->worker->name, name))
			continue;
		thread->wakes++;
		found = true;
	}
	if (found)
		pthread_cond_broadcast(&workers->changed);
	pthread_mutex_unlock(&workers->lock);
}

void workers_stop(struct workers *workers)
{
	if (!workers)
		return;
	pthread_mutex_lock(&workers->lock);
	workers->stop = true;
	pthread_cond_broadcast(&workers->changed);
	pthread_cond_broadcast(&workers->stopped);
	pthread_mutex_unlock(&workers->lock);
	for (size_t i = 0; i < workers->count; i++)
		pthread_join(workers->threads[i].id, NULL);
	free(workers->threads);
	free(workers->database_url);
	free(workers);
}
