/*
 * The asynchronous side of PostgreSQL. Every connection is in pipeline mode, so that a statement's
 * Parse and its first Bind go out together; READ connections carry many statements at a time, the
 * others one. A connection is lost as a whole: its statements end with a NULL result.
 */
#include "lib/db/pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/db/sqlstate.h"
#include "lib/loop/loop.h"

#define TICK_MS            250
#define CONNECT_TIMEOUT_MS 5000
#define RETRY_FIRST_MS     100
#define RETRY_MOST_MS      2000
#define GRACE_MS           2000 /* on top of statement_timeout, before we stop waiting */
#define PIPELINE_DEPTH     128  /* statements in flight on one READ connection */

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

static void pool_dispatch(struct pool *pool);
static void conn_ready(void *arg, uint32_t events);

void db_statement_init(struct db_statement *statement, const struct statement *sql)
{
	static int count;

	if (count == DB_STATEMENTS_MAX)
		die("more than %d bound statements", DB_STATEMENTS_MAX);
	statement->sql = sql;
	statement->index = count++;
	snprintf(statement->name, sizeof(statement->name), "%.60s_%d", sql->name, statement->index);
	for (int i = 0; i < sql->nparams; i++)
		statement->types[i] = 25;
}

static void query_finish(struct pool *pool, struct db_query *query, PGresult *result)
{
	if (!result)
		pool->failures++;
	query->done(query, result);
}

static void conn_close(struct conn *conn)
{
	struct query_list lost = STAILQ_HEAD_INITIALIZER(lost);
	struct db_query *query;

	loop_fd_remove(conn->watch);
	conn->watch = NULL;
	PQfinish(conn->pg);
	conn->pg = NULL;
	conn->state = CONN_DOWN;
	conn->stale = false;
	conn->count = 0;
	memset(conn->prepared, 0, sizeof(conn->prepared));
	/* done() may submit again: take the list off first. */
	STAILQ_CONCAT(&lost, &conn->in_flight);
	while ((query = STAILQ_FIRST(&lost))) {
		STAILQ_REMOVE_HEAD(&lost, link);
		PQclear(query->result);
		query->result = NULL;
		query_finish(conn->pool, query, NULL);
	}
}

/* Connections that are lost together are one failure. */
static void db_back_off(struct db *db)
{
	int64_t now = clock_mono_ms();

	if (now < db->retry_at_ms)
		return;
	db->retry_at_ms = now + db->retry_ms;
	db->retry_ms = db->retry_ms * 2 > RETRY_MOST_MS ? RETRY_MOST_MS : db->retry_ms * 2;
}

static void conn_lost(struct conn *conn, const char *why)
{
	struct db *db = conn->pool->db;

	if (!db->was_down)
		log_warn("database: %.*s", (int)strcspn(why, "\n"), why);
	db->was_down = true;
	db_back_off(db);
	conn_close(conn);
}

static void ignore_notice(void *arg, const PGresult *result)
{
	(void)arg;
	(void)result;
}

static void conn_open(struct conn *conn)
{
	struct pool *pool = conn->pool;
	struct db *db = pool->db;
	char options[192];
	const char *keywords[] = { "dbname", "application_name", "options", "client_encoding",
				   NULL };
	const char *values[] = { db->config.url, db->config.application_name, options, "UTF8",
				 NULL };

	/* Compiling and parallel workers cost more than our statements take; times are in UTC. */
	snprintf(options, sizeof(options),
		 "-c statement_timeout=%d -c jit=off "
		 "-c max_parallel_workers_per_gather=0 -c timezone=UTC %s",
		 pool->timeout_ms, pool->settings);
	conn->pg = PQconnectStartParams(keywords, values, 1);
	if (!conn->pg)
		die("out of memory");
	conn->since_ms = clock_mono_ms();
	if (PQstatus(conn->pg) == CONNECTION_BAD) {
		conn_lost(conn, PQerrorMessage(conn->pg));
		return;
	}
	PQsetNoticeReceiver(conn->pg, ignore_notice, NULL);
	conn->state = CONN_CONNECTING;
	conn->watch = loop_fd_add(db->loop, PQsocket(conn->pg), EPOLLOUT, conn_ready, conn);
}

static void conn_opened(struct conn *conn)
{
	struct db *db = conn->pool->db;

	if (PQsetnonblocking(conn->pg, 1) != 0 || !PQenterPipelineMode(conn->pg)) {
		conn_lost(conn, PQerrorMessage(conn->pg));
		return;
	}
	conn->state = CONN_READY;
	loop_fd_change(conn->watch, EPOLLIN);
	db->retry_ms = RETRY_FIRST_MS;
	if (db->was_down)
		log_info("database: connected");
	db->was_down = false;
	pool_dispatch(conn->pool);
}

static void conn_continue(struct conn *conn)
{
	struct db *db = conn->pool->db;
	uint32_t events;

	switch (PQconnectPoll(conn->pg)) {
	case PGRES_POLLING_OK:
		conn_opened(conn);
		return;
	case PGRES_POLLING_READING:
		events = EPOLLIN;
		break;
	case PGRES_POLLING_WRITING:
		events = EPOLLOUT;
		break;
	default:
		conn_lost(conn, PQerrorMessage(conn->pg));
		return;
	}
	/* libpq may have moved on to another address and socket. */
	loop_fd_remove(conn->watch);
	conn->watch = loop_fd_add(db->loop, PQsocket(conn->pg), events, conn_ready, conn);
}

static void conn_flush(struct conn *conn)
{
	int left = PQflush(conn->pg);

	if (left < 0)
		conn_lost(conn, PQerrorMessage(conn->pg));
	else
		loop_fd_change(conn->watch, left ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static bool conn_send(struct conn *conn, struct db_query *query)
{
	const struct db_statement *statement = query->statement;
	const struct statement *sql = statement->sql;

	query->result = NULL;
	query->preparing = !conn->prepared[statement->index];
	if (query->preparing &&
	    !PQsendPrepare(conn->pg, statement->name, sql->text, sql->nparams, statement->types))
		return false;
	conn->prepared[statement->index] = true;
	return PQsendQueryPrepared(conn->pg, statement->name, sql->nparams, query->values, NULL,
				   NULL, 0) &&
	       PQpipelineSync(conn->pg);
}

static void conn_submit(struct conn *conn, struct db_query *query)
{
	STAILQ_INSERT_TAIL(&conn->in_flight, query, link);
	if (conn->count++ == 0)
		conn->since_ms = clock_mono_ms();
	conn->pool->statements++;
	if (conn_send(conn, query))
		conn_flush(conn);
	else
		conn_lost(conn, PQerrorMessage(conn->pg));
}

/* The Sync of the oldest statement was answered: it is done, unless a migration had overtaken it,
 * which shows before it does anything: then it goes to another connection, once. */
static void conn_synced(struct conn *conn)
{
	struct db_query *query = STAILQ_FIRST(&conn->in_flight);
	PGresult *result = query->result;

	STAILQ_REMOVE_HEAD(&conn->in_flight, link);
	conn->count--;
	conn->since_ms = clock_mono_ms();
	query->result = NULL;
	if (conn->stale && !query->is_repeated && sqlstate_is_stale(result)) {
		PQclear(result);
		query->is_repeated = true;
		STAILQ_INSERT_HEAD(&conn->pool->queue, query, link);
		conn->pool->queued++;
		return;
	}
	query_finish(conn->pool, query, result);
}

/* A migration concerns all connections: they end with the statements that they have. */
static void pool_renew(struct pool *pool)
{
	for (int i = 0; i < pool->size; i++) {
		struct conn *conn = &pool->conns[i];

		conn->stale = conn->state == CONN_READY;
		if (conn->stale && conn->count == 0)
			conn_close(conn);
	}
}

static void conn_result(struct conn *conn, PGresult *result)
{
	struct db_query *query = STAILQ_FIRST(&conn->in_flight);
	ExecStatusType status = PQresultStatus(result);

	if (query->preparing && status == PGRES_COMMAND_OK) {
		query->preparing = false;
		PQclear(result);
		return;
	}
	if (query->preparing)
		conn->prepared[query->statement->index] = false;
	query->preparing = false;
	if (status == PGRES_FATAL_ERROR && !conn->stale && sqlstate_is_stale(result))
		pool_renew(conn->pool);
	if (query->result)
		PQclear(result);
	else
		query->result = result;
}

static void conn_read(struct conn *conn)
{
	if (!PQconsumeInput(conn->pg)) {
		conn_lost(conn, PQerrorMessage(conn->pg));
		return;
	}
	while (conn->state == CONN_READY && conn->count > 0 && !PQisBusy(conn->pg)) {
		PGresult *result = PQgetResult(conn->pg);

		if (!result && PQstatus(conn->pg) == CONNECTION_BAD)
			break;
		if (!result)
			continue; /* between two commands of the pipeline */
		if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
			PQclear(result);
			conn_synced(conn);
		} else {
			conn_result(conn, result);
		}
	}
	if (conn->state == CONN_READY && PQstatus(conn->pg) == CONNECTION_BAD)
		conn_lost(conn, PQerrorMessage(conn->pg));
	else if (conn->state == CONN_READY && conn->stale && conn->count == 0)
		conn_close(conn);
}

static void conn_ready(void *arg, uint32_t events)
{
	struct conn *conn = arg;

	if (conn->state == CONN_CONNECTING) {
		conn_continue(conn);
		return;
	}
	if (events & EPOLLOUT)
		conn_flush(conn);
	if (conn->state == CONN_READY && (events & ~(uint32_t)EPOLLOUT))
		conn_read(conn);
	pool_dispatch(conn->pool);
}

/* The least busy connection that can take a statement, or NULL. */
static struct conn *pool_free_conn(struct pool *pool)
{
	struct conn *best = NULL;

	for (int i = 0; i < pool->size; i++) {
		struct conn *conn = &pool->conns[i];

		if (conn->state == CONN_READY && !conn->stale && conn->count < pool->depth &&
		    (!best || conn->count < best->count))
			best = conn;
		if (best && best->count == 0)
			break;
	}
	return best;
}

/* Opens one more connection when there is room for it and none is on its way already. */
static void pool_grow(struct pool *pool)
{
	struct conn *down = NULL;

	if (clock_mono_ms() < pool->db->retry_at_ms)
		return;
	for (int i = pool->size - 1; i >= 0; i--) {
		if (pool->conns[i].state == CONN_CONNECTING)
			return;
		if (pool->conns[i].state == CONN_DOWN)
			down = &pool->conns[i];
	}
	if (down)
		conn_open(down);
}

static void pool_dispatch(struct pool *pool)
{
	struct conn *conn;
	struct db_query *query;

	while ((query = STAILQ_FIRST(&pool->queue)) && (conn = pool_free_conn(pool))) {
		STAILQ_REMOVE_HEAD(&pool->queue, link);
		pool->queued--;
		conn_submit(conn, query);
	}
	if (pool->queued)
		pool_grow(pool);
}

static bool pool_has_conn(const struct pool *pool)
{
	for (int i = 0; i < pool->size; i++) {
		if (pool->conns[i].state != CONN_DOWN)
			return true;
	}
	return false;
}

bool db_submit(struct db *db, enum db_kind kind, struct db_query *query)
{
	struct pool *pool = &db->pools[kind];
	bool away = db->was_down && !pool_has_conn(pool);

	if (away || pool->queued >= db->config.queue_max) {
		pool->refusals++;
		return false;
	}
	query->is_repeated = false;
	query->deadline_ms = clock_mono_ms() + pool->timeout_ms + GRACE_MS;
	STAILQ_INSERT_TAIL(&pool->queue, query, link);
	pool->queued++;
	pool_dispatch(pool);
	return true;
}

/* Statements that waited too long, and connections that stopped answering. */
static void pool_expire(struct pool *pool, int64_t now)
{
	struct db_query *query;

	for (int i = 0; i < pool->size; i++) {
		struct conn *conn = &pool->conns[i];

		if (conn->count > 0 && conn->since_ms + pool->timeout_ms + GRACE_MS < now)
			conn_lost(conn, "a statement was not answered in time");
		else if (conn->state == CONN_CONNECTING &&
			 conn->since_ms + CONNECT_TIMEOUT_MS < now)
			conn_lost(conn, "no answer to a connection attempt");
	}
	while ((query = STAILQ_FIRST(&pool->queue)) && query->deadline_ms < now) {
		STAILQ_REMOVE_HEAD(&pool->queue, link);
		pool->queued--;
		query_finish(pool, query, NULL);
	}
}

/* READ keeps all its connections, the others at least one. */
static void pool_keep(struct pool *pool)
{
	int wanted = pool->kind == DB_READ ? pool->size : 1;

	for (int i = 0; i < wanted && clock_mono_ms() >= pool->db->retry_at_ms; i++) {
		if (pool->conns[i].state == CONN_DOWN)
			conn_open(&pool->conns[i]);
	}
	pool_dispatch(pool);
}

static void tick(void *arg)
{
	struct db *db = arg;
	int64_t now = clock_mono_ms();

	for (int kind = DB_READ; kind < DB_KINDS; kind++) {
		pool_expire(&db->pools[kind], now);
		pool_keep(&db->pools[kind]);
	}
}

static void pool_init(struct db *db, enum db_kind kind, int size, int timeout_ms)
{
	struct pool *pool = &db->pools[kind];

	*pool = (struct pool){
		.db = db,
		.kind = kind,
		.size = size,
		.depth = kind == DB_READ ? PIPELINE_DEPTH : 1,
		.timeout_ms = timeout_ms,
		.settings = kind == DB_SLOW ? "-c plan_cache_mode=force_custom_plan" : "",
		.conns = xcalloc((size_t)size, sizeof(struct conn)),
	};
	STAILQ_INIT(&pool->queue);
	for (int i = 0; i < size; i++) {
		pool->conns[i].pool = pool;
		STAILQ_INIT(&pool->conns[i].in_flight);
	}
}

struct db *db_open(struct loop *loop, const struct db_config *config)
{
	struct db *db = xcalloc(1, sizeof(*db));

	db->loop = loop;
	db->config = *config;
	db->config.url = xstrdup(config->url);
	db->config.application_name = xstrdup(config->application_name);
	db->retry_ms = RETRY_FIRST_MS;
	pool_init(db, DB_READ, config->read_connections, config->read_timeout_ms);
	pool_init(db, DB_WRITE, config->write_connections, config->write_timeout_ms);
	pool_init(db, DB_SLOW, config->slow_connections, config->slow_timeout_ms);
	db->tick = loop_timer_add(loop, 0, TICK_MS, tick, db);
	for (int kind = DB_READ; kind < DB_KINDS; kind++)
		pool_keep(&db->pools[kind]);
	return db;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	loop_timer_remove(db->tick);
	for (int kind = DB_READ; kind < DB_KINDS; kind++) {
		for (int i = 0; i < db->pools[kind].size; i++)
			conn_close(&db->pools[kind].conns[i]);
		free(db->pools[kind].conns);
	}
	free((char *)db->config.url);
	free((char *)db->config.application_name);
	free(db);
}

bool db_is_ready(const struct db *db)
{
	const struct pool *pool = &db->pools[DB_READ];

	for (int i = 0; i < pool->size; i++) {
		if (pool->conns[i].state == CONN_READY)
			return true;
	}
	return false;
}

void db_stats(const struct db *db, enum db_kind kind, struct db_stats *out)
{
	const struct pool *pool = &db->pools[kind];

	*out = (struct db_stats){
		.queued = pool->queued,
		.statements = pool->statements,
		.failures = pool->failures,
		.refusals = pool->refusals,
	};
	for (int i = 0; i < pool->size; i++) {
		out->connections += pool->conns[i].state == CONN_READY;
		out->in_flight += pool->conns[i].count;
	}
}
