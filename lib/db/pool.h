/*
 * The asynchronous side of PostgreSQL: statements are queued and answered on the loop's thread.
 *
 * READ:  two pipelined connections, a Sync after every statement.
 * WRITE: exclusive connections, one statement each at a time (commits on one pipelined connection
 *        would be serial, and one locked row would stall everyone behind it).
 * SLOW:  a few exclusive connections for reads that take long.
 */
#ifndef ECOM_LIB_DB_POOL_H
#define ECOM_LIB_DB_POOL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include <libpq-fe.h>

#include "lib/db/statement.h"

struct loop;
struct db;

enum db_kind { DB_READ = 1, DB_WRITE, DB_SLOW, DB_KINDS };

struct db_config {
	const char *url;
	const char *application_name;
	int read_connections, write_connections, slow_connections;
	int read_timeout_ms, write_timeout_ms, slow_timeout_ms; /* statement_timeout */
	int queue_max; /* statements that wait per kind; one more is refused */
};

/* A statement bound to the types of its parameters (OIDs; 25 is text). */
struct db_statement {
	const struct statement *sql;
	Oid types[STATEMENT_PARAMS_MAX];
	int index;     /* of all bound statements of the process: db_statement_init() gives it */
	char name[72]; /* of the prepared statement */
};

#define DB_STATEMENTS_MAX 512

/* Binds, with every parameter's type text; the caller changes types afterwards. */
void db_statement_init(struct db_statement *statement, const struct statement *sql);

struct db_query;
/* result is NULL when the connection was lost or the time was up; the callee clears it. */
typedef void db_done_fn(struct db_query *query, PGresult *result);

struct db_query {
	const struct db_statement *statement;
	const char *const *values; /* text, kept by the caller until done */
	db_done_fn *done;
	void *arg;
	/* The pool's own. */
	int64_t deadline_ms; /* of waiting in the queue */
	bool preparing;      /* the answer to Parse comes first */
	bool is_repeated;
	PGresult *result; /* kept until the Sync is answered */
	STAILQ_ENTRY(db_query) link;
};

struct db *db_open(struct loop *loop, const struct db_config *config);
void db_close(struct db *db); /* when no query is outstanding */

/* False, and done is not called, when the queue is full or the database is away. */
bool db_submit(struct db *db, enum db_kind kind, struct db_query *query);

/* A connection for reads is up. */
bool db_is_ready(const struct db *db);

/* For /metrics. */
struct db_stats {
	int connections, in_flight, queued;
	uint64_t statements, failures, refusals;
};
void db_stats(const struct db *db, enum db_kind kind, struct db_stats *out);

#endif
