/* Answers that are read from a Location: of a repeated key, and of a request that waited. */
#include <string.h>

#include "lib/base/log.h"
#include "lib/daemon/daemon.h"
#include "lib/db/session.h"
#include "lib/http/exchange.h"
#include "lib/http/listener.h"
#include "lib/http/problem.h"
#include "lib/http/respond.h"
#include "lib/http/waiters.h"

void location_read(struct request *request)
{
	/* Whoever made it saw it then, even where it cannot be read later (a registration). */
	const enum frontend everywhere = SHOP | ADMIN | INTERNAL | DIRECT | LOCAL;
	const struct route_table *table = request->http->config.table;
	struct route_match match;

	reply_clear(&request->reply);
	if ((route_find(table, request->frontend, GET, request->location, &match) ||
	     route_find(table, everywhere, GET, request->location, &match)) &&
	    match.entry->route->sql) {
		request->entry = match.entry;
		if (request_take_params(request, &match)) {
			respond_header(request, "Location", request->location);
			statement_run(request);
			return;
		}
	}
	log_error("%s: nothing answers its location", request->origin->name);
	problem(request, &PROBLEM_INTERNAL);
	dispatch_finish(request);
}

/* --- replay ----------------------------------------------------------------------------------- */

static void replay_found(struct request *request, const PGresult *result)
{
	const char *hash = row_get(result, "request_hash");

	if (!hash) {
		problem(request, &PROBLEM_UNAVAILABLE); /* its retention ended just now */
	} else if (strcmp(hash, request_reserved(request, "request_hash")) != 0) {
		problem(request, &PROBLEM_IDEMPOTENCY_KEY_REUSED);
	} else {
		request->location = arena_strdup(&request->arena, row_get(result, "location"));
		request->origin = request->entry;
		request->replayed = true;
		if (!waiters_hold(request->http->waiters, request))
			location_read(request);
		return;
	}
	dispatch_finish(request);
}

static void replay_done(struct db_query *query, PGresult *result)
{
	struct request *request = query->arg;

	if (!result || PQresultStatus(result) != PGRES_TUPLES_OK) {
		problem(request, &PROBLEM_UNAVAILABLE);
		dispatch_finish(request);
	} else {
		replay_found(request, result);
	}
	PQclear(result);
}

/* The key was used before: look up what for, and answer with what its location shows now. */
bool replay_start(struct request *request)
{
	reply_clear(&request->reply);
	request->values = arena_alloc(&request->arena, 3 * sizeof(char *));
	request->values[0] = request_reserved(request, "subject");
	request->values[1] = request_reserved(request, "route");
	request->values[2] = request_reserved(request, "idempotency_key");
	request->db = (struct db_query){
		.statement = http_replay_statement(),
		.values = request->values,
		.done = replay_done,
		.arg = request,
	};
	if (db_submit(request->http->config.service->db, DB_READ, &request->db))
		return true;
	problem(request, &PROBLEM_OVERLOADED);
	return false;
}

/* --- waiting ---------------------------------------------------------------------------------- */

static const char *reply_location(const struct reply *reply)
{
	for (int i = 0; i < reply->nheaders; i++) {
		if (strcmp(reply->headers[i].name, "Location") == 0)
			return reply->headers[i].value;
	}
	return NULL;
}

bool location_hold(struct request *request)
{
	const struct reply *reply = &request->reply;

	if (request->origin || !request->entry || !request->entry->route->wait ||
	    reply->status < 200 || reply->status > 299)
		return false;
	request->location = reply_location(reply);
	if (!request->location)
		return false;
	request->origin = request->entry;
	if (waiters_hold(request->http->waiters, request))
		return true;
	request->origin = NULL; /* its own answer is as good */
	return false;
}
