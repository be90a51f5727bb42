/*
 * Consumers: rows with a subject and a statement. Each is a durable consumer of the stream that the
 * subject's first word names; whichever instance gets a message applies it. The event's id
 * goes into `inbox` in the transaction of the statement, so its effect happens once, however often
 * it is delivered.
 *
 * Redelivery may reorder: a statement applies only versions newer than what it has, or it is
 * commutative. It may take any of
 *
 *	:event (jsonb: the event's data)  :event_id  :subject  :aggregate  (text)
 *	:version (bigint)  :time (timestamptz)
 *
 * or, alone, :events (jsonb), the messages of a whole batch with id, subject, aggregate, version, time
 * and data: it runs once for all, so it can lock rows in the order in which others lock them.
 *
 * PostgreSQL infers their types, so write casts where it cannot: `:event::jsonb ->> 'order'`. Rows
 * that it answers are ignored, but see .unique.
 *
 * A transaction per message costs more than most messages do. A row whose effect may come a moment later
 * has .linger_ms: after a first message it waits so long for others, unless there is a backlog. Nothing
 * is acknowledged meanwhile; what a killed process had is delivered again.
 *
 * A transient failure is repeated with delay, for ever. After any other one the message moves to
 * the queue `event:<consumer>` of the table `job`, where the same thread tries it four more times;
 * then it is dead, and `ecomctl job retry` applies it again.
 */
#ifndef ECOM_LIB_EVENTS_CONSUMER_H
#define ECOM_LIB_EVENTS_CONSUMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/db/statement.h"

struct buf;
struct bus;

struct consumer {
	const char *subject; /* "payments.payment.>" */
	const struct statement *sql;
	int linger_ms; /* at most 1000; 0: what is there is applied at once */

	/* The library writes no inbox: the statement takes :events and lets each have its effect once,
	 * however often it comes and however old it is. It does so when it writes those that have one
	 * into `inbox` itself (inbox_take() in notifyd), or a unique row that is kept as long. It
	 * answers a row with `made`: how many events left something to do. All count as applied. */
	bool unique;

	const char *wakes; /* name of the worker or call that it leaves work for; NULL: everybody */
};

struct consumers;

/* After a commit that applied events, of a .unique row that left something to do; any thread. */
typedef void consumers_wake_fn(void *arg, const char *whom);

/* A thread per row; the table ends with an all-zero row. `service` is the name of the daemon: the
 * durable consumer is called <service>-<name of the statement>. */
struct consumers *consumers_start(const struct consumer *table, struct bus *bus,
				  const char *service, const char *database_url,
				  consumers_wake_fn *wake, void *arg);
void consumers_stop(struct consumers *consumers);

/* One of them as it stands; false: there are no more. */
struct consumer_state {
	const char *name, *subject;
	int64_t pending; /* events not acknowledged, for all instances together; -1: unknown */
	uint64_t applied, repeated, failed, dead; /* by this process: see consumers_metrics() */
};
bool consumers_state(const struct consumers *consumers, size_t index, struct consumer_state *out);

/* For /metrics: applied, repeated (known to the inbox), failed and dead events, and pending ones. */
void consumers_metrics(struct buf *out, void *consumers);

#endif
