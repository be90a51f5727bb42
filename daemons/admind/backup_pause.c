/* A pause of all writes, in the databases of all services wherever they are. */
#include "daemons/admind/backup_pause.h"

#include <poll.h>
#include <stdlib.h>

#include "daemons/admind/component.h"
#include "daemons/admind/elsewhere.h"
#include "daemons/admind/once.h"
#include "daemons/admind/sql.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/db/session.h"

#define STATEMENT_MS 10000
#define ATTEMPTS     20
#define BETWEEN_MS   300 /* who waited for us goes on */

/* How long one database may take to give all its locks. Below deadlock_timeout, no writer is ever chosen
 * as the victim of a deadlock with us; above it, an autovacuum makes room. By turns. */
static const char *const patience[] = { "700", "1500" };

/* One database. */
struct hold {
	const char *service;
	struct session *locks, *view; /* view: NULL when it is in the private cluster */
	char *snapshot;
};

struct pause {
	struct hold *holds;
	size_t count;
	int64_t began_ms;
};

/* --- one database ----------------------------------------------------------------------------- */

static bool is_worth_another(const PGresult *result)
{
	static const char *const states[] = { "40P01", "55P03", "57014" }; /* all about locks */
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	for (size_t i = 0; state && i < array_size(states); i++) {
		if (str_eq(state, states[i]))
			return true;
	}
	return false;
}

/* *again: it is worth another attempt. */
static bool hold_ok(const struct hold *hold, const PGresult *result, bool *again,
		    struct failure *failure)
{
	if (session_ok(result))
		return true;
	*again = is_worth_another(result);
	return failure_set(failure, "try again when no long transaction runs there",
			   "cannot pause the writes in the database of %s: %.200s", hold->service,
			   PQresultErrorMessage(result));
}

static bool hold_take(struct hold *hold, const char *ms, bool *again, struct failure *failure)
{
	PGresult *prepared scoped(scoped_result) = NULL;
	PGresult *command scoped(scoped_result) = NULL;
	PGresult *locked scoped(scoped_result) = NULL;

	if (!session_begin(hold->locks))
		return failure_set(failure, "ecomctl status", "cannot reach the database of %s",
				   hold->service);
	prepared = session_query(hold->locks, SQL(pause_prepare), "patience", ms);
	if (!hold_ok(hold, prepared, again, failure))
		return false;
	command = session_query(hold->locks, SQL(pause_command));
	if (!hold_ok(hold, command, again, failure))
		return false;
	if (PQntuples(command) == 0) /* no tables yet */
		return true;
	locked = session_exec(hold->locks, row_get(command, "command"));
	return hold_ok(hold, locked, again, failure);
}

static bool hold_view(struct hold *hold, struct failure *failure)
{
	PGresult *isolation scoped(scoped_result) = NULL;
	PGresult *row scoped(scoped_result) = NULL;
	bool ignored;

	if (!hold->view)
		return true;
	if (!session_begin(hold->view))
		return failure_set(failure, NULL, "cannot reach the database of %s", hold->service);
	isolation = session_exec(hold->view, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
	if (!hold_ok(hold, isolation, &ignored, failure))
		return false;
	row = session_query(hold->view, SQL(pause_snapshot));
	if (!hold_ok(hold, row, &ignored, failure))
		return false;
	hold->snapshot = xstrdup(row_get(row, "snapshot"));
	return true;
}

/* --- all of them ------------------------------------------------------------------------------ */

/* What is not in the backup needs no pause: a service that is elsewhere, nobody told us how to get there. */
static void hold_add(struct pause *pause, const struct state *state, const char *service)
{
	const char *there = elsewhere_url(service);
	char *here scoped(scoped_free) = xasprintf("host=%s dbname=%s user=postgres", state->run,
						   service);

	if (elsewhere_is(service) && !there)
		return;
	pause->holds = xrealloc(pause->holds, (pause->count + 1) * sizeof(*pause->holds));
	pause->holds[pause->count++] = (struct hold){
		.service = service,
		.locks = session_open(there ? there : here, "backup", STATEMENT_MS),
		.view = there ? session_open(there, "backup", STATEMENT_MS) : NULL,
	};
}

static struct pause *pause_new(const struct state *state)
{
	struct pause *pause = xcalloc(1, sizeof(*pause));

	for (const struct component *c = components; c->name; c++) {
		if (c->database_connections)
			hold_add(pause, state, c->name);
	}
	return pause;
}

static bool attempt(struct pause *pause, int number, bool *again, struct failure *failure)
{
	bool ok = true;

	*again = false;
	pause->began_ms = clock_mono_ms();
	for (size_t i = 0; ok && i < pause->count; i++)
		ok = hold_take(&pause->holds[i], patience[number % (int)array_size(patience)],
			       again, failure);
	for (size_t i = 0; ok && i < pause->count; i++)
		ok = hold_view(&pause->holds[i], failure);
	for (size_t i = 0; !ok && i < pause->count; i++)
		session_rollback(pause->holds[i].locks);
	return ok;
}

struct pause *pause_begin(const struct state *state, struct failure *failure)
{
	struct pause *pause = pause_new(state);
	bool again = true;

	for (int number = 0; again && number < ATTEMPTS; number++) {
		if (attempt(pause, number, &again, failure))
			return pause;
		if (once_interrupted(failure))
			break;
		poll(NULL, 0, BETWEEN_MS);
	}
	pause_free(pause);
	return NULL;
}

int64_t pause_age_ms(const struct pause *pause)
{
	return clock_mono_ms() - pause->began_ms;
}

bool pause_end(struct pause *pause, int64_t *ms, struct failure *failure)
{
	const char *lost = NULL;

	for (size_t i = 0; i < pause->count; i++) {
		if (!session_commit(pause->holds[i].locks))
			lost = pause->holds[i].service;
	}
	*ms = pause_age_ms(pause);
	return !lost ||
	       failure_set(failure, "make the backup again",
			   "the connection to the database of %s was lost while writes were paused",
			   lost);
}

const char *pause_snapshot(const struct pause *pause, const char *service)
{
	for (size_t i = 0; i < pause->count; i++) {
		if (str_eq(pause->holds[i].service, service))
			return pause->holds[i].snapshot;
	}
	return NULL;
}

void pause_free(struct pause *pause)
{
	for (size_t i = 0; pause && i < pause->count; i++) {
		session_close(pause->holds[i].locks);
		session_close(pause->holds[i].view);
		free(pause->holds[i].snapshot);
	}
	if (pause)
		free(pause->holds);
	free(pause);
}
