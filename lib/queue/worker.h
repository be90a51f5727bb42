/*
 * Workers: rows with a blocking function. A worker with .claim takes batches from a queue table
 * (FOR UPDATE SKIP LOCKED, a lease and an attempt number as fencing token); one without runs
 * .work every .every_ms on whichever instance holds its advisory lock.
 */
#ifndef ECOM_LIB_QUEUE_WORKER_H
#define ECOM_LIB_QUEUE_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include <libpq-fe.h>

#include "lib/db/statement.h"

struct options;
struct session;

/* The table `job` of lib/db/schema holds the rows of all queues of a service. */
struct job {
	const char *id;    /* uuid */
	const char *queue;
	const char *payload; /* JSON text */
	int attempt;       /* 1 at the first try; settling with an old one changes nothing */
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
	int64_t every_ms; /* periodic: no queue, job->payload is NULL */
	int batch;        /* jobs claimed at once; 0: 16 */
	int attempts;     /* 0: 5 */
	int64_t backoff_ms; /* 0: 1000 */
	int64_t lease_ms;   /* 0: 60000; longer than the work of a batch takes */
};

struct workers;

/* A thread per row. `table` ends with an all-zero row. */
struct workers *workers_start(const struct worker *table, const char *database_url);
void workers_stop(struct workers *workers); /* waits for the jobs in hand */
void workers_wake(struct workers *workers); /* after a commit that queued something; any thread */

/* Why the last job failed, for `job list`: call before returning JOB_RETRY or JOB_DEAD. */
void job_reason(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
