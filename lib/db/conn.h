/*
 * One connection of a pool, for lib/db alone. Every connection is in pipeline mode, so that a
 * statement's Parse and its first Bind go out together. It is lost as a whole: its statements end
 * with a NULL result.
 */
#ifndef ECOM_LIB_DB_CONN_H
#define ECOM_LIB_DB_CONN_H

#include "lib/db/pool.h"

#define RETRY_FIRST_MS 100

enum conn_state { CONN_DOWN, CONN_CONNECTING, CONN_READY };

STAILQ_HEAD(query_list, db_query);

struct pool;

struct conn {
	struct pool *pool;
	PGconn *pg;
	enum conn_state state;
	struct loop_fd *watch;
	int64_t since_ms; /* when connecting, or the oldest statement in flight, began */
	struct query_list in_flight;
	int count; /* of in_flight */
	bool prepared[DB_STATEMENTS_MAX];
	bool stale; /* its prepared statements no longer fit the schema */
};

struct pool {
	struct db *db;
	enum db_kind kind;
	int size, depth, timeout_ms;
	const char *settings;
	struct conn *conns;
	struct query_list queue;
	int queued;
	uint64_t statements, failures, refusals;
};

struct db {
	struct loop *loop;
	struct db_config config;
	struct loop_timer *tick;
	struct pool pools[DB_KINDS];
	int64_t retry_at_ms, retry_ms;
	bool was_down;
};

void conn_open(struct conn *conn);
void conn_close(struct conn *conn);                 /* its statements end with NULL */
void conn_lost(struct conn *conn, const char *why); /* likewise, and the pools wait a moment */
void conn_submit(struct conn *conn, struct db_query *query);

/* Ends a statement: calls its done(). */
void query_finish(struct pool *pool, struct db_query *query, PGresult *result);

/* Gives what waits to connections that are free. */
void pool_dispatch(struct pool *pool);

#endif
