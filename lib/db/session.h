/*
 * A blocking connection for tasks, workers, migrations and tests: one thread at a time, never the
 * loop's. Connects when first used and again after a loss; statements are prepared when first used.
 */
#ifndef ECOM_LIB_DB_SESSION_H
#define ECOM_LIB_DB_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libpq-fe.h>

#include "lib/base/mem.h"
#include "lib/db/statement.h"

struct arena;
struct session;

/* timeout_ms is the statement_timeout; a server that is silent for two seconds more is given up, so
 * that no call waits for ever. Never NULL: a database that is away shows at first use. */
struct session *session_open(const char *url, const char *application_name, int timeout_ms);
void session_close(struct session *session);

/* `PGresult *row scoped(scoped_result) = session_query(…)` */
void scoped_result(PGresult **result);

/*
 * Runs a statement with its parameters as name, value pairs of text (a NULL value is SQL NULL);
 * types are inferred by PostgreSQL, so write casts where that is ambiguous:
 *
 *	row = session_query(db, SQL(find_user), "email", email, "limit", "1");
 *
 * Never NULL; check session_ok(). The caller clears it. A name that the statement does not have,
 * or one left out, is a bug and aborts.
 */
#define session_query(session, statement, ...) \
	session_run(session, statement,        \
		    (const char *const[]){ __VA_ARGS__ __VA_OPT__(, ) NULL, NULL })
PGresult *session_run(struct session *session, const struct statement *statement,
		      const char *const *pairs) must_check;

/* Runs SQL text without parameters (BEGIN, a migration). Never NULL. */
PGresult *session_exec(struct session *session, const char *text) must_check;

/* Parses a statement against the schema without keeping it; `types` NULL: inferred. Never NULL. */
PGresult *session_check(struct session *session, const struct statement *statement,
			const Oid *types) must_check;

/* True for a command or rows; false logs nothing, the result tells why. */
bool session_ok(const PGresult *result);

/* BEGIN, COMMIT, ROLLBACK. False when the connection or the commit failed. A transaction whose
 * connection was lost stays lost: every statement fails until one of the last two ends it. */
bool session_begin(struct session *session) must_check;
bool session_commit(struct session *session) must_check;
void session_rollback(struct session *session);

/* Ends what the last user left open, if anything; never connects. */
void session_settle(struct session *session);

/*
 * COPY … FROM STDIN: begin with the COPY command's text, send rows in COPY text or CSV format, end.
 * The result of end tells whether all went in.
 */
bool session_copy_begin(struct session *session, const char *command) must_check;
bool session_copy_data(struct session *session, const char *data, size_t len) must_check;
PGresult *session_copy_end(struct session *session) must_check;

/* A column of the first (or given) row by name, borrowed; NULL when NULL, absent, or no row. */
const char *row_get(const PGresult *result, const char *column);
const char *row_get_at(const PGresult *result, int row, const char *column);
/* The same as a copy in the arena; as a number, 0 when NULL or none. */
const char *row_text_at(struct arena *arena, const PGresult *result, int row, const char *column);
int64_t row_int_at(const PGresult *result, int row, const char *column);

/* The connection for what this interface does not have; NULL while the database is away. */
PGconn *session_connection(struct session *session);

#endif
