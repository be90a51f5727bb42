/*
 * The asynchronous side of PostgreSQL: pools of connections and the statements that wait for them.
 * READ connections carry many statements at a time, the others one.
 */
#include "lib/db/pool.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/db/conn.h"
#include "lib/loop/loop.h"

#define TICK_MS            250
#define CONNECT_TIMEOUT_MS 5000
#define GRACE_MS           2000 /* on top of statement_timeout, before we stop waiting */
#define PIPELINE_DEPTH     128  /* statements in flight on one READ connection */

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

void pool_dispatch(struct pool *pool)
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

/* Lists are planned for their filters. Statements by keys are planned once per connection, maybe when
 * the tables were still empty: what is right for many rows is right for few. */
static const char *const plan_settings[] = {
	[DB_READ] = "-c plan_cache_mode=force_generic_plan",
	[DB_WRITE] = "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off",
	[DB_SLOW] = "-c plan_cache_mode=force_custom_plan",
};

static void pool_init(struct db *db, enum db_kind kind, int size, int timeout_ms)
{
	struct pool *pool = &db->pools[kind];

	*pool = (struct pool){
		.db = db,
		.kind = kind,
		.size = size,
		.depth = kind == DB_READ ? PIPELINE_DEPTH : 1,
		.timeout_ms = timeout_ms,
		.settings = plan_settings[kind],
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
