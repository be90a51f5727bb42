/* Schema migrations: what is applied, what is missing, and applying it. */
#include "lib/db/migrate.h"

#include <string.h>

#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/db/session.h"
#include "lib/db/sql.h"
#include "lib/db/sqlstate.h"

/* Any number: all that matters is that no other program takes it in the same database. */
#define LOCK   "SELECT pg_advisory_lock(7020250001)"
#define UNLOCK "SELECT pg_advisory_unlock(7020250001)"
/* Whoever waits for a lock on a table makes everyone after it wait too: rather fail. */
#define PATIENCE "SET LOCAL lock_timeout = '10s'"
#define TABLE                                                           \
	"CREATE TABLE IF NOT EXISTS migration (name text PRIMARY KEY, " \
	"sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT clock_timestamp())"

static enum migrate_state failed(char **error, const char *what, const PGresult *result)
{
	const char *message = PQresultErrorMessage(result);

	*error = xasprintf("%s: %s", what, *message ? message : "no connection to the database");
	(*error)[strcspn(*error, "\n")] = '\0';
	return MIGRATE_FAILED;
}

static const struct migration *find(const struct migration *list, const char *name)
{
	for (; list && list->name; list++) {
		if (str_eq(list->name, name))
			return list;
	}
	return NULL;
}

/* Compares what is applied with what we know. */
static enum migrate_state compare(const PGresult *applied, const struct migration *own,
				  char **error)
{
	int known = 0;

	for (int row = 0; row < PQntuples(applied); row++) {
		const char *name = row_get_at(applied, row, "name");
		const struct migration *ours = find(lib_migrations, name);

		ours = ours ? ours : find(own, name);
		if (!ours) {
			*error = xasprintf("the database has the migration %s of a newer program",
					   name);
			return MIGRATE_NEWER;
		}
		if (!str_eq(ours->sha256, row_get_at(applied, row, "sha256"))) {
			*error = xasprintf("migration %s was changed after it was applied", name);
			return MIGRATE_FAILED;
		}
		known++;
	}
	for (const struct migration *m = lib_migrations; m->name; m++)
		known--;
	for (const struct migration *m = own; m && m->name; m++)
		known--;
	return known == 0 ? MIGRATE_CURRENT : MIGRATE_BEHIND;
}

enum migrate_state migrate_check(struct session *session, const struct migration *own, char **error)
{
	PGresult *applied scoped(scoped_result) = session_query(session, SQL(migration_list));

	*error = NULL;
	if (session_ok(applied))
		return compare(applied, own, error);
	if (str_eq(sqlstate_code(applied), "42P01"))
		return MIGRATE_BEHIND; /* not even the table: an empty database */
	return failed(error, "cannot read the list of migrations", applied);
}

static bool apply(struct session *owner, const struct migration *migration, char **error)
{
	PGresult *patience scoped(scoped_result) = NULL;
	PGresult *done scoped(scoped_result) = NULL;
	PGresult *noted scoped(scoped_result) = NULL;

	if (!session_begin(owner)) {
		*error = xasprintf("%s: no connection to the database", migration->name);
		return false;
	}
	patience = session_exec(owner, PATIENCE);
	done = session_exec(owner, migration->text);
	if (session_ok(done))
		noted = session_query(owner, SQL(migration_insert), "name", migration->name,
				      "sha256", migration->sha256);
	if (noted && session_ok(noted) && session_commit(owner))
		return true;
	failed(error, migration->name, noted ? noted : done);
	session_rollback(owner);
	return false;
}

static bool apply_missing(struct session *owner, const PGresult *applied,
			  const struct migration *list, char **error)
{
	for (; list && list->name; list++) {
		bool there = false;

		for (int row = 0; row < PQntuples(applied) && !there; row++)
			there = str_eq(list->name, row_get_at(applied, row, "name"));
		if (!there && !apply(owner, list, error))
			return false;
	}
	return true;
}

static enum migrate_state run_locked(struct session *owner, const struct migration *own,
				     char **error)
{
	PGresult *made scoped(scoped_result) = session_exec(owner, TABLE);
	PGresult *applied scoped(scoped_result) = NULL;
	enum migrate_state state;

	if (!session_ok(made))
		return failed(error, "cannot make the table migration", made);
	applied = session_query(owner, SQL(migration_list));
	if (!session_ok(applied))
		return failed(error, "cannot read the list of migrations", applied);
	state = compare(applied, own, error);
	if (state != MIGRATE_BEHIND)
		return state;
	if (!apply_missing(owner, applied, lib_migrations, error) ||
	    !apply_missing(owner, applied, own, error))
		return MIGRATE_FAILED;
	return MIGRATE_CURRENT;
}

enum migrate_state migrate_run(struct session *owner, const struct migration *own, char **error)
{
	PGresult *locked scoped(scoped_result) = session_exec(owner, LOCK);
	PGresult *unlocked scoped(scoped_result) = NULL;
	enum migrate_state state;

	*error = NULL;
	if (!session_ok(locked))
		return failed(error, "cannot lock the database for migrations", locked);
	state = run_locked(owner, own, error);
	unlocked = session_exec(owner, UNLOCK);
	return state;
}
