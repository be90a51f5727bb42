/* A blocking connection for tasks, workers, migrations and tests. */
#include "lib/db/session.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/fault.h"
#include "lib/base/log.h"
#include "lib/base/str.h"
#include "lib/db/sqlstate.h"

#define PREPARED_MAX            256
#define CONNECT_TIMEOUT_SECONDS "5"
#define GRACE_MS                2000 /* on top of statement_timeout, before the server is given up */

struct session {
	char *url, *name;
	int timeout_ms;
	PGconn *connection; /* non-blocking: the waiting is ours, and has an end */
	bool in_transaction;
	bool stale;      /* a migration came: reconnect when no transaction is open */
	bool complained; /* about the database being away: once is enough */
	const struct statement *prepared[PREPARED_MAX]; /* on this connection */
	size_t nprepared;
};

struct session *session_open(const char *url, const char *application_name, int timeout_ms)
{
	struct session *session = xcalloc(1, sizeof(*session));

	session->url = xstrdup(url);
	session->name = xstrdup(application_name);
	session->timeout_ms = timeout_ms;
	return session;
}

static void disconnect(struct session *session)
{
	PQfinish(session->connection);
	session->connection = NULL;
	session->nprepared = 0;
	session->stale = false;
}

void session_close(struct session *session)
{
	if (!session)
		return;
	disconnect(session);
	free(session->url);
	free(session->name);
	free(session);
}

void scoped_result(PGresult **result)
{
	PQclear(*result);
}

static void ignore_notice(void *arg, const PGresult *result)
{
	(void)arg;
	(void)result;
}

PGconn *session_connection(struct session *session)
{
	char options[256];
	const char *keywords[] = { "dbname",          "application_name", "options",
				   "connect_timeout", "client_encoding",  NULL };
	const char *values[] = { session->url, session->name, options, CONNECT_TIMEOUT_SECONDS,
				 "UTF8",       NULL };

	if (session->connection && PQstatus(session->connection) == CONNECTION_OK &&
	    (session->in_transaction || !session->stale))
		return session->connection;
	if (session->in_transaction)
		return NULL; /* its first half is lost: the rest must not run alone */
	disconnect(session);
	/* As the pool's for writes. */
	snprintf(options, sizeof(options),
		 "-c statement_timeout=%d -c jit=off "
		 "-c max_parallel_workers_per_gather=0 -c timezone=UTC "
		 "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off",
		 session->timeout_ms);
	session->connection = PQconnectdbParams(keywords, values, 1);
	PQsetNoticeReceiver(session->connection, ignore_notice, NULL);
	if (PQstatus(session->connection) == CONNECTION_OK &&
	    PQsetnonblocking(session->connection, 1) == 0) {
		session->complained = false;
		return session->connection;
	}
	if (!session->complained)
		log_warn("database: %.*s", (int)strcspn(PQerrorMessage(session->connection), "\n"),
			 PQerrorMessage(session->connection));
	session->complained = true;
	disconnect(session);
	return NULL;
}

/* The answer when there is no connection: a result without SQLSTATE counts as 08006. */
static PGresult *no_connection(void)
{
	PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_FATAL_ERROR);

	if (!result)
		die("out of memory");
	return result;
}

/* Sends what is buffered until something arrives. False: the connection is lost or silent. */
static bool wait_for_input(PGconn *connection, int64_t deadline_ms)
{
	for (;;) {
		int unsent = PQflush(connection);
		int64_t left_ms = deadline_ms - clock_mono_ms();
		struct pollfd fd = {
			.fd = PQsocket(connection),
			.events = unsent ? POLLIN | POLLOUT : POLLIN,
		};

		if (unsent < 0 || left_ms <= 0 ||
		    (poll(&fd, 1, (int)left_ms) < 0 && errno != EINTR))
			return false;
		if (fd.revents & ~POLLOUT)
			return PQconsumeInput(connection) == 1;
	}
}

/* The connection is given up; what the server said before tells more than nothing. */
static PGresult *lost(struct session *session, PGresult *last)
{
	if (!session->complained)
		log_warn("database: %s: a statement got no answer", session->name);
	session->complained = true;
	disconnect(session);
	if (last && PQresultStatus(last) == PGRES_FATAL_ERROR)
		return last;
	PQclear(last);
	return no_connection();
}

/* The answer to what was sent, or the beginning of a COPY; of several statements the last one's. */
static PGresult *answer(struct session *session, int was_sent)
{
	PGresult *last = NULL, *next;

	do {
		int64_t deadline_ms = clock_mono_ms() + session->timeout_ms + GRACE_MS;

		while (was_sent && PQisBusy(session->connection))
			was_sent = wait_for_input(session->connection, deadline_ms);
		if (!was_sent)
			return lost(session, last);
		next = PQgetResult(session->connection);
		if (next) {
			PQclear(last);
			last = next;
		}
	} while (next && PQresultStatus(next) != PGRES_COPY_IN);
	return last ? last : no_connection();
}

static bool is_prepared(const struct session *session, const struct statement *statement)
{
	for (size_t i = 0; i < session->nprepared; i++) {
		if (session->prepared[i] == statement)
			return true;
	}
	return false;
}

/* NULL when the statement is prepared, else the failed result. */
static PGresult *prepare(struct session *session, PGconn *connection,
			 const struct statement *statement)
{
	PGresult *result;

	if (is_prepared(session, statement))
		return NULL;
	result = answer(session,
			PQsendPrepare(connection, statement->name, statement->text, 0, NULL));
	if (!session_ok(result))
		return result;
	PQclear(result);
	if (session->nprepared == PREPARED_MAX) {
		log_error("more than %d statements in one session", PREPARED_MAX);
		abort();
	}
	session->prepared[session->nprepared++] = statement;
	return NULL;
}

/* Puts the pairs into the statement's order; every parameter exactly once. */
static void bind_pairs(const struct statement *statement, const char *const *pairs,
		       const char **values)
{
	bool bound[STATEMENT_PARAMS_MAX] = { false };
	int count = 0;

	for (; pairs[0]; pairs += 2) {
		int i = 0;

		while (i < statement->nparams && !str_eq(statement->params[i], pairs[0]))
			i++;
		if (i == statement->nparams || bound[i]) {
			log_error("%s has no free parameter :%s", statement->name, pairs[0]);
			abort();
		}
		values[i] = pairs[1];
		bound[i] = true;
		count++;
	}
	if (count != statement->nparams) {
		log_error("%s: %d of %d parameters given", statement->name, count,
			  statement->nparams);
		abort();
	}
}

static PGresult *run(struct session *session, const struct statement *statement,
		     const char *const *values)
{
	PGconn *connection = session_connection(session);
	PGresult *result;

	if (!connection)
		return no_connection();
	result = prepare(session, connection, statement);
	if (result)
		return result;
	if (fault_point("statement", statement->name, "before"))
		return lost(session, NULL);
	result = answer(session, PQsendQueryPrepared(connection, statement->name,
						     statement->nparams, values, NULL, NULL, 0));
	if (!fault_point("statement", statement->name, "after"))
		return result;
	PQclear(result);
	return lost(session, NULL);
}

PGresult *session_run(struct session *session, const struct statement *statement,
		      const char *const *pairs)
{
	const char *values[STATEMENT_PARAMS_MAX] = { NULL };
	PGresult *result;

	bind_pairs(statement, pairs, values);
	result = run(session, statement, values);
	if (session_ok(result) || !sqlstate_is_stale(result))
		return result;
	session->stale = true;
	if (session->in_transaction)
		return result;
	PQclear(result);
	return run(session, statement, values);
}

PGresult *session_check(struct session *session, const struct statement *statement,
			const Oid *types)
{
	PGconn *connection = session_connection(session);

	if (!connection)
		return no_connection();
	return answer(session, PQsendPrepare(connection, "", statement->text,
					     types ? statement->nparams : 0, types));
}

PGresult *session_exec(struct session *session, const char *text)
{
	PGconn *connection = session_connection(session);

	return connection ? answer(session, PQsendQuery(connection, text)) : no_connection();
}

bool session_ok(const PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

bool session_begin(struct session *session)
{
	PGresult *result scoped(scoped_result) = session_exec(session, "BEGIN");

	session->in_transaction = session_ok(result);
	return session->in_transaction;
}

bool session_commit(struct session *session)
{
	PGresult *result scoped(scoped_result) = NULL;

	if (!session->in_transaction)
		return false;
	/* COMMIT of a failed transaction succeeds as a ROLLBACK: only the tag tells. */
	result = fault_point("commit", fault_scope_name(), "before")
			 ? lost(session, NULL)
			 : session_exec(session, "COMMIT");
	session->in_transaction = false;
	if (fault_point("commit", fault_scope_name(), "after")) {
		disconnect(session);
		return false;
	}
	return session_ok(result) && str_eq(PQcmdStatus(result), "COMMIT");
}

void session_rollback(struct session *session)
{
	if (session->connection && PQstatus(session->connection) == CONNECTION_OK)
		PQclear(session_exec(session, "ROLLBACK"));
	session->in_transaction = false;
}

void session_settle(struct session *session)
{
	if (session->in_transaction ||
	    (session->connection && PQtransactionStatus(session->connection) != PQTRANS_IDLE))
		session_rollback(session);
}

bool session_copy_begin(struct session *session, const char *command)
{
	PGresult *result scoped(scoped_result) = session_exec(session, command);

	return PQresultStatus(result) == PGRES_COPY_IN;
}

bool session_copy_data(struct session *session, const char *data, size_t len)
{
	return session->connection && PQputCopyData(session->connection, data, (int)len) == 1;
}

PGresult *session_copy_end(struct session *session)
{
	if (!session->connection)
		return no_connection();
	return answer(session, PQputCopyEnd(session->connection, NULL) == 1);
}

const char *row_get_at(const PGresult *result, int row, const char *column)
{
	int index = PQfnumber(result, column);

	if (index < 0 || row >= PQntuples(result) || PQgetisnull(result, row, index))
		return NULL;
	return PQgetvalue(result, row, index);
}

const char *row_text_at(struct arena *arena, const PGresult *result, int row, const char *column)
{
	const char *value = row_get_at(result, row, column);

	return value ? arena_strdup(arena, value) : NULL;
}

int64_t row_int_at(const PGresult *result, int row, const char *column)
{
	const char *value = row_get_at(result, row, column);
	int64_t number = 0;

	if (value)
		str_to_int(value, INT64_MIN, INT64_MAX, &number);
	return number;
}

const char *row_get(const PGresult *result, const char *column)
{
	return row_get_at(result, 0, column);
}
