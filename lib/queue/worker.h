/*
 * Workers: rows with a blocking function. One with .every_ms runs at the start and then at that
 * interval on whichever instance holds its advisory lock; any other takes batches from its queue in
 * the table `job` (FOR UPDATE SKIP LOCKED, a lease, and the attempt number as fencing token).
 */
#ifndef ECOM_LIB_QUEUE_WORKER_H
#define ECOM_LIB_QUEUE_WORKER_H

#include <stdbool.h>
#include <stdint.h>

struct session;

/* The table `job` of lib/db/schema holds the rows of all queues of a service. */
struct job {
	const char *id; /* uuid */
	const char *queue;
	const char *payload; /* JSON text */
	int attempt;         /* 1 at the first try; settling with an old one changes nothing */
};

enum job_result {
	JOB_DONE,
	JOB_RETRY, /* later: back-off doubles from .backoff_ms, dead after .attempts */
	JOB_DEAD,  /* never again; kept for `job list` */
};

typedef enum job_result work_fn(struct session *db, const struct job *job);

struct worker {
	const char *name; /* the queue's name */
	work_fn *work;
	int64_t every_ms;   /* periodic: no queue, job->payload is NULL */
	int batch;          /* jobs claimed at once; 0: 16 */
	int attempts;       /* 0: 5 */
	int64_t backoff_ms; /* 0: 1000 */
	int64_t lease_ms;   /* 0: 60000; longer than the work of a batch takes */
};

struct workers;

/* The retention of what every service's database has: keys, sent events, done jobs. */
extern const struct worker retention_workers[];

/* A thread per row; each table ends with an all-zero row, the list with NULL. */
struct workers *workers_start(const struct worker *const *tables, const char *database_url);
void workers_stop(struct workers *workers); /* waits for the jobs in hand */
void workers_wake(struct workers *workers); /* after a commit that queued something; any thread */

/* Why the last job failed, for `job list`: call before returning JOB_RETRY or JOB_DEAD. */
void job_reason(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
