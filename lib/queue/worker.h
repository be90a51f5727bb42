/*
 * Workers: rows with a blocking function, of three kinds. One with .every_ms runs at the start and
 * then at that interval on whichever instance holds its advisory lock. One with .claim takes batches
 * from a table of the daemon's own and settles them itself. Any other takes its queue's jobs from
 * the table `job` (FOR UPDATE SKIP LOCKED, a lease, and the attempt number as fencing token).
 */
#ifndef ECOM_LIB_QUEUE_WORKER_H
#define ECOM_LIB_QUEUE_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include <libpq-fe.h>

#include "lib/db/statement.h"

struct session;

/* The table `job` of lib/db/schema holds the rows of all queues of a service. */
struct job {
	const char *id; /* uuid */
	const char *queue;
	const char *payload; /* JSON text */
	int attempt;         /* settling with an old one changes nothing */
	int tries;           /* 1 at the first try, and at the first after `job retry` */
};

enum job_result {
	JOB_DONE,
	JOB_RETRY, /* later: back-off doubles from .backoff_ms, dead after .attempts */
	JOB_DEAD,  /* never again; kept for `job list` */
};

typedef enum job_result work_fn(struct session *db, const struct job *job);

/*
 * Rows that .claim has taken (never none). The function settles each by a statement that changes
 * nothing when the row has moved on meanwhile; what it leaves is claimed again after the lease.
 */
typedef void batch_fn(struct session *db, const PGresult *rows);

struct worker {
	const char *name; /* the queue's name */
	work_fn *work;
	const struct statement *claim; /* takes :batch and :lease_ms, answers the rows it took */
	batch_fn *work_batch;          /* with .claim, instead of .work */
	int64_t every_ms;              /* periodic: no queue, job->payload is NULL */
	int batch;                     /* jobs or rows claimed at once; 0: 16 */
	int attempts;                  /* 0: 5 */
	int64_t backoff_ms;            /* 0: 1000 */
	int64_t lease_ms;              /* 0: 60000; longer than the work of a batch takes */
	const char *wakes; /* with .claim: the worker or call that a batch leaves work for, never
			    * itself; "": nobody; NULL: everybody, at any time */
};

struct workers;

/* What removes what is kept for a limited time (lib/queue/retention.h). */
extern struct worker retention_workers[];

/* A thread per row; each table ends with an all-zero row, the list with NULL. `wake` is called after
 * work was done, with the row's .wakes; any thread. */
struct workers *workers_start(const struct worker *const *tables, const char *database_url,
			      void (*wake)(void *arg, const char *whom), void *arg);
void workers_stop(struct workers *workers); /* waits for the jobs in hand */

/* After a commit that queued something for the worker of this name, if there is one; NULL: for any. Any
 * thread. */
void workers_wake(struct workers *workers, const char *name);

/* Why the last job failed, for `job list`: call before returning JOB_RETRY or JOB_DEAD. */
void job_reason(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
