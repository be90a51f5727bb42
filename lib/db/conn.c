/* One connection of a pool: opening, sending, reading, losing it. */
#include "lib/db/conn.h"

#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "lib/base/clock.h"
#include "lib/base/fault.h"
#include "lib/base/log.h"
#include "lib/base/str.h"
#include "lib/db/sqlstate.h"
#include "lib/loop/loop.h"

#define RETRY_MOST_MS 2000

static void conn_ready(void *arg, uint32_t events);

void query_finish(struct pool *pool, struct db_query *query, PGresult *result)
{
	if (!result)
		pool->failures++;
	query->done(query, result);
}

void conn_close(struct conn *conn)
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

void conn_lost(struct conn *conn, const char *why)
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

void conn_open(struct conn *conn)
{
	struct pool *pool = conn->pool;
	struct db *db = pool->db;
	char options[256];
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

void conn_submit(struct conn *conn, struct db_query *query)
{
	STAILQ_INSERT_TAIL(&conn->in_flight, query, link);
	if (conn->count++ == 0)
		conn->since_ms = clock_mono_ms();
	conn->pool->statements++;
	if (fault_point("statement", query->statement->sql->name, "before"))
		conn_lost(conn, "fault point");
	else if (conn_send(conn, query))
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

	if (fault_point("statement", query->statement->sql->name, "after")) {
		conn_lost(conn, "fault point");
		return;
	}
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
