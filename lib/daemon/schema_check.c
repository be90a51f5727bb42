/* Waits for the schema and PREPAREs every statement against it. */
#include "lib/daemon/schema_check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/daemon/daemon.h"
#include "lib/db/session.h"
#include "lib/db/sqlstate.h"
#include "lib/http/exchange.h"

#define RETRY_NS             100000000L
#define STATEMENT_TIMEOUT_MS 5000

struct schema_check {
	const struct daemon *daemon;
	const struct route_table *table;
	char *database_url;
	struct loop_wakeup *wakeup;
	atomic_bool stop;
	pthread_t thread;
};

/* False when the database went away; a statement that does not fit ends the process. */
static bool prepare(struct session *db, const struct statement *sql, const Oid *types)
{
	PGresult *result scoped(scoped_result) = session_check(db, sql, types);
	const char *message;

	if (session_ok(result))
		return true;
	if (sqlstate_is_transient(result))
		return false;
	message = PQresultErrorMessage(result);
	die("%s.sql does not fit the schema: %.*s", sql->name, (int)strcspn(message, "\n"),
	    message);
}

static bool has_route(const struct route_table *table, const struct statement *sql)
{
	for (size_t i = 0; i < table->count; i++) {
		if (table->entries[i].route->sql == sql || table->entries[i].route->wait == sql)
			return true;
	}
	return false;
}

static bool prepare_all(const struct schema_check *check, struct session *db)
{
	const struct route_table *table = check->table;

	for (size_t i = 0; i < table->count; i++) {
		const struct route_entry *entry = &table->entries[i];

		if (entry->route->sql && !prepare(db, entry->route->sql, entry->statement.types))
			return false;
		if (entry->route->wait &&
		    !prepare(db, entry->route->wait, entry->wait_statement.types))
			return false;
	}
	for (const struct statement *const *sql = check->daemon->statements; sql && *sql; sql++) {
		if (!has_route(table, *sql) && !prepare(db, *sql, NULL))
			return false;
	}
	return true;
}

static bool schema_fits(const struct schema_check *check, struct session *db, bool *told)
{
	char *error scoped(scoped_free) = NULL;
	enum migrate_state state;

	if (!session_connection(db))
		return false;
	state = migrate_check(db, check->daemon->migrations, &error);
	if (state == MIGRATE_CURRENT || state == MIGRATE_NEWER)
		return prepare_all(check, db);
	if (!*told)
		log_warn("not ready: %s",
			 error ? error : "schema migrations are missing; run --migrate");
	*told = true;
	return false;
}

static void *check_thread(void *arg)
{
	struct schema_check *check = arg;
	struct session *db = session_open(check->database_url, "schema check",
					  STATEMENT_TIMEOUT_MS);
	struct timespec pause = { .tv_nsec = RETRY_NS };
	bool told = false, fits = false;

	while (!atomic_load(&check->stop) && !(fits = schema_fits(check, db, &told)))
		nanosleep(&pause, NULL);
	session_close(db);
	if (fits)
		loop_wake(check->wakeup);
	return NULL;
}

struct schema_check *schema_check_start(struct loop *loop, const struct daemon *daemon,
					const struct route_table *table, const char *database_url,
					loop_fn *fn, void *arg)
{
	struct schema_check *check = xcalloc(1, sizeof(*check));

	*check = (struct schema_check){
		.daemon = daemon,
		.table = table,
		.database_url = xstrdup(database_url),
		.wakeup = loop_wakeup_add(loop, fn, arg),
	};
	if (pthread_create(&check->thread, NULL, check_thread, check))
		die("cannot start a thread");
	return check;
}

void schema_check_stop(struct schema_check *check)
{
	if (!check)
		return;
	atomic_store(&check->stop, true);
	pthread_join(check->thread, NULL);
	loop_wakeup_remove(check->wakeup);
	free(check->database_url);
	free(check);
}
