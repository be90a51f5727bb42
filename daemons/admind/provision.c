/* Roles and databases of the services, made by a thread of its own with a blocking session. */
#include "daemons/admind/provision.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemons/admind/component.h"
#include "daemons/admind/sql.h"
#include "lib/base/mem.h"
#include "lib/db/session.h"

#define STATEMENT_TIMEOUT_MS 30000

struct provision {
	pthread_t thread;
	char *url;
	atomic_bool done;
	bool ok;
	struct failure failure;
};

static bool run_command(struct session *db, const char *command, struct failure *failure)
{
	PGresult *result scoped(scoped_result) = session_exec(db, command);

	if (session_ok(result))
		return true;
	return failure_set(failure, "see log/postgres.log in the state folder",
			   "PostgreSQL refused \"%s\": %.200s", command,
			   PQresultErrorMessage(result));
}

bool provision_service(struct session *db, const struct component *component,
		       struct failure *failure)
{
	char *owner scoped(scoped_free) = xasprintf("%s_owner", component->name);
	char *connections scoped(scoped_free) = xasprintf("%d", component->database_connections);
	PGresult *commands scoped(scoped_result) = session_query(db, SQL(provision), "service",
								 component->name, "owner", owner,
								 "connections", connections);

	if (!session_ok(commands))
		return failure_set(failure, "see log/postgres.log in the state folder",
				   "cannot look at the databases: %.200s",
				   PQresultErrorMessage(commands));
	for (int row = 0; row < PQntuples(commands); row++) {
		if (!run_command(db, row_get_at(commands, row, "command"), failure))
			return false;
	}
	return true;
}

static void *provision_run(void *arg)
{
	struct provision *provision = arg;
	struct session *db = session_open(provision->url, "admind", STATEMENT_TIMEOUT_MS);

	provision->ok = true;
	for (const struct component *c = components; c->name && provision->ok; c++) {
		if (c->database_connections)
			provision->ok = provision_service(db, c, &provision->failure);
	}
	session_close(db);
	atomic_store(&provision->done, true);
	return NULL;
}

struct provision *provision_start(const struct state *state)
{
	struct provision *provision = xcalloc(1, sizeof(*provision));

	provision->url = xasprintf("host=%s dbname=postgres user=postgres", state->run);
	if (pthread_create(&provision->thread, NULL, provision_run, provision) == 0)
		return provision;
	free(provision->url);
	free(provision);
	return NULL;
}

bool provision_is_done(const struct provision *provision)
{
	return !provision || atomic_load(&provision->done);
}

bool provision_end(struct provision *provision, struct failure *failure)
{
	bool ok;

	if (!provision)
		return failure_set(failure, NULL, "cannot start a thread");
	pthread_join(provision->thread, NULL);
	ok = provision->ok;
	*failure = provision->failure;
	free(provision->url);
	free(provision);
	return ok;
}
