/* userd verifies tokens with the keys that are in its own database. */
#include "daemons/userd/own_keys.h"

#include <string.h>

#include "daemons/userd/sql.h"
#include "lib/auth/token.h"
#include "lib/daemon/daemon.h"
#include "lib/db/session.h"
#include "lib/loop/loop.h"

#define FIRST_MS 100
#define EVERY_MS 5000

static struct {
	struct service *service;
	struct db_statement statement;
	struct db_query query;
	struct loop_timer *timer;
	bool asked, found;
} watch;

static void look(void *arg);

static void keys_arrived(struct db_query *query, PGresult *result)
{
	struct verifier *verifier = watch.service->verifier;
	const char *jwks = PQresultStatus(result) == PGRES_TUPLES_OK ? row_get(result, "body")
								     : NULL;

	(void)query;
	watch.asked = false;
	if (jwks && verifier_set_keys(verifier, jwks, strlen(jwks)) && !watch.found) {
		watch.found = true;
		loop_timer_remove(watch.timer);
		watch.timer = loop_timer_add(watch.service->loop, EVERY_MS, EVERY_MS, look, NULL);
	}
	PQclear(result);
}

static void look(void *arg)
{
	(void)arg;
	if (watch.asked)
		return;
	watch.query = (struct db_query){ .statement = &watch.statement, .done = keys_arrived };
	watch.asked = db_submit(watch.service->db, DB_READ, &watch.query);
}

void own_keys_watch(struct service *service)
{
	if (options_str(service->options, "jwks_file"))
		return;
	watch.service = service;
	db_statement_init(&watch.statement, SQL(list_keys));
	watch.timer = loop_timer_add(service->loop, FIRST_MS, FIRST_MS, look, NULL);
}

void own_keys_stop(void)
{
	loop_timer_remove(watch.timer);
	watch.timer = NULL;
}
