/* The invariants of the whole shop, on the databases of a backup. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemons/admind/backup_make.h"
#include "daemons/admind/once.h"
#include "daemons/admind/progress.h"
#include "daemons/admind/sql.h"
#include "daemons/admind/state.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/db/session.h"

#define STATEMENT_MS 3600000
#define ROWS_SHOWN   5
#define TITLE_MOST   200
#define CHECK_NAME   "ecom_check"
#define ALWAYS       "\n-- At every moment"

/* These two tell that something is under way: then most others cannot be told. */
static const char *const of_rest[] = { "15-nothing-undecided", "17-events-published" };

static bool db_failed(const PGresult *result, const char *what, struct failure *failure)
{
	return failure_set(failure, NULL, "%s: %.300s", what, PQresultErrorMessage(result));
}

static bool run(struct session *db, const char *text, struct failure *failure)
{
	PGresult *result scoped(scoped_result) = session_exec(db, text);

	return session_ok(result) || db_failed(result, "cannot copy a table", failure);
}

/* --- copying ---------------------------------------------------------------------------------- */

static bool rows_copy(PGconn *from, struct session *to, struct failure *failure)
{
	bool ok = true;
	char *row;
	int len;

	while ((len = PQgetCopyData(from, &row, 0)) > 0) {
		ok = ok && session_copy_data(to, row, (size_t)len);
		PQfreemem(row);
	}
	return (ok && len == -1) ||
	       failure_set(failure, NULL, "cannot copy a table: %.300s", PQerrorMessage(from));
}

/* What COPY says when its rows have come. */
static bool out_end(PGconn *connection, struct failure *failure)
{
	bool ok = true;

	for (;;) {
		PGresult *result scoped(scoped_result) = PQgetResult(connection);

		if (!result)
			return ok;
		if (!session_ok(result))
			ok = db_failed(result, "cannot read a table", failure);
	}
}

static bool table_copy(struct session *from, struct session *to, const PGresult *tables, int row,
		       struct failure *failure)
{
	PGconn *connection = session_connection(from);
	PGresult *out scoped(scoped_result) = NULL;
	PGresult *in scoped(scoped_result) = NULL;
	bool ok;

	if (once_interrupted(failure) ||
	    !run(to, row_get_at(tables, row, "make_schema"), failure) ||
	    !run(to, row_get_at(tables, row, "make_table"), failure))
		return false;
	out = PQexec(connection, row_get_at(tables, row, "copy_out"));
	if (PQresultStatus(out) != PGRES_COPY_OUT)
		return db_failed(out, "cannot read a table", failure);
	if (!session_copy_begin(to, row_get_at(tables, row, "copy_in")))
		return failure_set(failure, NULL, "cannot write a table");
	ok = rows_copy(connection, to, failure);
	in = session_copy_end(to);
	return ok && out_end(connection, failure) &&
	       (session_ok(in) || db_failed(in, "cannot write a table", failure));
}

static bool database_copy(const struct scratch *scratch, const char *name, struct session *to,
			  struct failure *failure)
{
	char *url scoped(scoped_free) = scratch_url(scratch, name);
	struct session *from = session_open(url, "backup", STATEMENT_MS);
	PGresult *tables scoped(scoped_result) = session_query(from, SQL(check_tables));
	bool ok = session_ok(tables) || db_failed(tables, "cannot list the tables", failure);

	for (int row = 0; ok && row < PQntuples(tables); row++)
		ok = table_copy(from, to, tables, row, failure);
	session_close(from);
	return ok;
}

static bool copy_all(const struct scratch *scratch, struct session *to, struct failure *failure)
{
	char *url scoped(scoped_free) = scratch_url(scratch, "postgres");
	struct session *db = session_open(url, "backup", STATEMENT_MS);
	PGresult *names scoped(scoped_result) = session_query(db, SQL(check_databases));
	bool ok = session_ok(names) || db_failed(names, "cannot list the databases", failure);

	ok = ok && run(db, "CREATE DATABASE " CHECK_NAME " TEMPLATE template0", failure);
	session_close(db);
	for (int row = 0; ok && row < PQntuples(names); row++)
		ok = database_copy(scratch, row_get_at(names, row, "name"), to, failure);
	return ok && run(to, backup_invariants_prelude, failure) && run(to, "ANALYZE", failure);
}

/* --- checking --------------------------------------------------------------------------------- */

struct finding {
	const char *result; /* ok, violated, under_way, skipped, error */
	int violations;
	json_t *rows; /* the first ones, as text */
};

static json_t *row_text(const PGresult *found, int row)
{
	struct buf text = { 0 };
	json_t *json;
	char *words;

	for (int column = 0; column < PQnfields(found); column++)
		buf_addf(&text, "%s%s", column ? " " : "", PQgetvalue(found, row, column));
	words = buf_steal(&text);
	json = json_string(words ? words : "");
	free(words);
	return json;
}

/* Tables that a backup of an older version did not have yet. */
static bool is_newer_than(const PGresult *found, const json_t *manifest)
{
	const char *state = PQresultErrorField(found, PG_DIAG_SQLSTATE);

	return state && (str_eq(state, "42P01") || str_eq(state, "42703")) &&
	       version_compare(json_get_string(manifest, "version", ""), PACKAGE_VERSION) < 0;
}

static struct finding look(struct session *db, const struct backup_invariant *invariant,
			   const json_t *manifest)
{
	PGresult *found scoped(scoped_result) = session_exec(db, invariant->sql);
	struct finding finding = { .result = "ok", .rows = json_array() };

	if (!session_ok(found)) {
		finding.result = is_newer_than(found, manifest) ? "skipped" : "error";
		json_array_append_new(finding.rows, json_string(PQresultErrorMessage(found)));
		return finding;
	}
	finding.violations = PQntuples(found);
	if (finding.violations)
		finding.result = "violated";
	for (int row = 0; row < finding.violations && row < ROWS_SHOWN; row++)
		json_array_append_new(finding.rows, row_text(found, row));
	return finding;
}

static bool is_of_rest(const char *name)
{
	return str_eq(name, of_rest[0]) || str_eq(name, of_rest[1]);
}

/* Somewhere an order, a payment or an event is between two steps. */
static bool is_under_way(struct session *db, const json_t *manifest)
{
	bool busy = false;

	for (const struct backup_invariant *i = backup_invariants; i->name; i++) {
		struct finding finding;

		if (!is_of_rest(i->name))
			continue;
		finding = look(db, i, manifest);
		busy = busy || finding.violations;
		json_decref(finding.rows);
	}
	return busy;
}

static bool holds_always(const struct backup_invariant *invariant)
{
	const char *second = strchr(invariant->sql, '\n');

	return second && str_has_prefix(second, ALWAYS);
}

static void tell(const struct backup_invariant *invariant, const struct finding *finding)
{
	const char *title = invariant->sql + strlen("-- ");
	size_t len = strcspn(title, "\n");
	char *text scoped(scoped_free) = xstrndup(title, len < TITLE_MOST ? len : TITLE_MOST);

	progress_tell(json_pack("{s:s, s:s, s:i, s:s, s:O}", "check", invariant->name, "result",
				finding->result, "violations", finding->violations, "title", text,
				"rows", finding->rows));
}

static bool check_all(struct session *db, const json_t *manifest, bool *violated,
		      struct failure *failure)
{
	bool busy = is_under_way(db, manifest);

	for (const struct backup_invariant *i = backup_invariants; i->name; i++) {
		struct finding finding = look(db, i, manifest);

		if (str_eq(finding.result, "violated") && busy && !holds_always(i))
			finding.result = "under_way";
		*violated = *violated || str_eq(finding.result, "violated") ||
			    str_eq(finding.result, "error");
		tell(i, &finding);
		json_decref(finding.rows);
		if (once_interrupted(failure))
			return false;
	}
	return true;
}

bool backup_check(const struct scratch *scratch, const json_t *manifest, bool *violated,
		  struct failure *failure)
{
	char *url scoped(scoped_free) = scratch_url(scratch, CHECK_NAME);
	struct session *db = session_open(url, "backup", STATEMENT_MS);
	bool ok;

	progress_step("copy", "Copying all tables into one database");
	ok = copy_all(scratch, db, failure);
	if (ok)
		progress_step("checks", "Checking the invariants");
	ok = ok && check_all(db, manifest, violated, failure);
	session_close(db);
	return ok;
}
