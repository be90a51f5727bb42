/*
 * Outbound calls: rows with two short functions, one that makes a request from a claimed row and one
 * that settles answers. A thread per row runs them all in one curl_multi loop, so that a slow
 * provider costs no thread per call, and settles what has come in together.
 *
 * A call may be made twice (its process was killed before it settled): the request carries a key
 * that the other side honours. An unknown outcome (no answer) is a state, never a failure.
 */
#ifndef ECOM_LIB_QUEUE_OUTBOUND_H
#define ECOM_LIB_QUEUE_OUTBOUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>
#include <libpq-fe.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/db/statement.h"

#define OUTBOUND_HEADERS_MAX 12

struct session;
struct sockaddr;
struct transfer_mail;

/* One call; build() fills in the request from arena memory, the loop the answer. */
struct outbound_call {
	struct arena arena; /* lives until it is settled */
	const char *id;     /* column id of the claimed row */
	int attempt;        /* column attempt: the fencing token */
	void *arg;          /* build()'s own */

	const char *method, *url, *body;           /* body NULL: none */
	const char *headers[OUTBOUND_HEADERS_MAX]; /* "Name: value" */

	const struct transfer_mail *mail; /* a mail instead of a request over HTTP; or NULL */

	int64_t timeout_ms; /* less than the row's; 0: the row's */

	int status;        /* 0: no answer, the outcome is unknown */
	struct buf answer; /* at most 1 MiB; a longer one counts as none */
	char why[160];     /* of status 0, for people; no secrets; made printable ASCII */
	bool unsent;       /* of a mail: it never came to sending */
	int64_t took_ms;   /* from the start to the answer, or to its lack */
};

struct outbound {
	const char *name;
	/* Takes :batch and :lease_ms; rows with id, attempt and more. */
	const struct statement *claim;
	/* False: there is nothing to call (`why` says it); it is settled with the status that this
	 * function gave it, or 0. */
	bool (*build)(struct outbound_call *call, const PGresult *rows, int row);
	/* Each settled by a statement that changes nothing when `attempt` is an old one. */
	void (*settle)(struct session *db, struct outbound_call *const *calls, size_t count);
	/* NULL: any address; else whether this call may connect to it. The row's thread. */
	bool (*allow)(const struct outbound_call *call, const struct sockaddr *address);
	int in_flight;      /* most at once; 0: 64 */
	int (*most)(void);  /* fewer than that, as an option says; NULL: as many */
	int64_t timeout_ms; /* of a call; 0: 10000 */
	int64_t lease_ms;   /* 0: 60000; longer than timeout_ms */
	const char *wakes;  /* the worker or call that settling leaves work for; NULL: everybody */
};

/* What a row's settle() does with the answers of its calls. */
struct outbound_answers {
	const char *name; /* of the calls, in the log: "mails" */
	json_t *(*read)(struct outbound_call *call);
	/* One statement that settles a JSON array of what read() returned. */
	PGresult *(*store)(struct session *db, const char *answers);
};

/* Stores all of them at once or, when that is refused for what is in one of them, one at a time, so
 * that it holds up no other. Calls whose answer cannot be stored are claimed again, and made again,
 * when their lease is over. */
void outbound_settle(struct session *db, const struct outbound_answers *kind,
		     struct outbound_call *const *calls, size_t count);

struct outbound_loops;

/* The table ends with an all-zero row. `wake` is called after each settling, with the row's .wakes; any
 * thread. */
struct outbound_loops *outbound_start(const struct outbound *table, const char *database_url,
				      void (*wake)(void *arg, const char *whom), void *arg);
void outbound_stop(struct outbound_loops *loops); /* calls in flight are given up */
/* After a commit that queued something for the row of this name, if there is one; NULL: for any. */
void outbound_wake(struct outbound_loops *loops, const char *name);

/* For /metrics: calls answered and not, and those in flight; arg is the loops. */
void outbound_metrics(struct buf *out, void *loops);

#endif
