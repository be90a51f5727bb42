/*
 * The database side of a consumer: applies events once, each with its id in `inbox` in the same
 * transaction, and keeps those that fail as jobs.
 */
#ifndef ECOM_LIB_EVENTS_APPLY_H
#define ECOM_LIB_EVENTS_APPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/db/statement.h"
#include "lib/events/event.h"

struct session;

/* One thread's; the counters may be read by any. */
struct applier {
	struct session *db;
	const struct statement *sql;
	const char *consumer; /* "orderd-take_payments" */
	const char *queue;    /* "event:orderd-take_payments" */
	bool unique;          /* see consumer.h */
	_Atomic uint64_t applied, repeated, failed, dead;
	uint64_t made; /* grows with each transaction that left something to do; its thread's own */
};

/* Dies when the statement has a parameter that no event has. */
void applier_check(const struct statement *sql, const char *consumer);

/*
 * Applies events in one transaction, or each in its own when one of them fails. False: a transient
 * failure, such as a database that is away; what was not applied must come again. True: each event
 * is settled: applied, known, or kept as a job.
 */
bool apply_events(struct applier *applier, const struct event *events, size_t count);

/* Tries failed events of the queue that are due. The number of those applied. */
int apply_jobs(struct applier *applier);

#endif
