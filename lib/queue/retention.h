/*
 * Retention: what is kept for a limited time, and then removed by one worker of each service, in
 * parts. A row per table; the library has those that every service has (idempotency, outbox, inbox,
 * jobs). What was removed is in the table retention_run and in the metrics.
 *
 * The figures are options. One rule binds them: the inbox must outlive an event's stay in the outbox
 * and in the stream after it, or an event that comes again would have its effect again.
 */
#ifndef ECOM_LIB_QUEUE_RETENTION_H
#define ECOM_LIB_QUEUE_RETENTION_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/options.h"
#include "lib/db/statement.h"

struct buf;

struct retention {
	const char *name;            /* "carts", in `ecomctl job retention` and the metrics */
	const char *option;          /* key of a duration: how long; NULL: kept_ms */
	int64_t kept_ms;             /* without an option */
	const struct statement *sql; /* removes up to :batch rows that are older than :kept_ms, and
				      * answers how many as `removed`; `oldest`: seconds of the oldest
				      * row that waits for its end, or NULL. Called until it removes 0 */
};

extern const struct option retention_options[]; /* of the library's rows; every daemon has them */

/* False with *error (the caller frees) when the figures break the rule. */
bool retention_check(const struct options *options, char **error);

/* Before the workers start; `own` ends with an all-zero row, may be NULL. Both outlive them. */
void retention_open(const struct retention *own, const struct options *options);

void retention_metrics(struct buf *out, void *unused);

#endif
