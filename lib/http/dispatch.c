/* The way of a request from complete to answered. */
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/daemon/daemon.h"
#include "lib/db/session.h"
#include "lib/http/exchange.h"
#include "lib/http/listener.h"
#include "lib/http/problem.h"
#include "lib/http/respond.h"
#include "lib/http/tasks.h"

static void statement_done(struct db_query *query, PGresult *result)
{
	struct request *request = query->arg;

	if (!result)
		problem(request, &PROBLEM_UNAVAILABLE);
	else if (PQresultStatus(result) == PGRES_TUPLES_OK)
		respond_row(request, result);
	else
		problem_from_result(request, result);
	dispatch_finish(request);
}

static enum db_kind statement_kind(const struct route *route)
{
	if (route->db)
		return route->db;
	return route->method == GET ? DB_READ : DB_WRITE;
}

/* Runs the statement of request->entry, which is the route's own or the one that replays it. */
static void statement_run(struct request *request)
{
	const struct route_entry *entry = request->entry;
	int count = entry->statement.sql->nparams;

	request->values = arena_alloc(&request->arena, sizeof(char *) * (size_t)(count + 1));
	for (int i = 0; i < count; i++)
		request->values[i] = request_value(request, entry, i);
	request->db = (struct db_query){
		.statement = &entry->statement,
		.values = request->values,
		.done = statement_done,
		.arg = request,
	};
	request_suspend(request);
	if (!db_submit(request->http->config.service->db, statement_kind(entry->route),
		       &request->db)) {
		problem(request, &PROBLEM_OVERLOADED);
		dispatch_finish(request);
	}
}

static void run(struct request *request)
{
	const struct route *route = request->entry->route;

	if (route->sql) {
		statement_run(request);
	} else if (route->handler) {
		route->handler(request);
		dispatch_finish(request);
	} else {
		request_suspend(request);
		if (!tasks_submit(request->http->config.tasks, request)) {
			problem(request, &PROBLEM_OVERLOADED);
			dispatch_finish(request);
		}
	}
}

void dispatch_begin(struct request *request)
{
	request->admitted = check_gateway(request) && check_route(request) && check_caller(request);
}

void dispatch(struct request *request)
{
	request->dispatched = true;
	if (request->admitted && check_input(request) && check_conditions(request))
		run(request);
	else
		dispatch_finish(request);
}

/* --- replay ----------------------------------------------------------------------------------- */

static void replay_found(struct request *request, const PGresult *result)
{
	/* Whoever made it saw it then, even where it cannot be read later (a registration). */
	const enum frontend everywhere = SHOP | ADMIN | INTERNAL | DIRECT | LOCAL;
	const char *hash = row_get(result, "request_hash");
	const char *location = row_get(result, "location");
	struct route_match match;

	if (!hash) {
		problem(request, &PROBLEM_UNAVAILABLE); /* its retention ended just now */
	} else if (strcmp(hash, request_reserved(request, "request_hash")) != 0) {
		problem(request, &PROBLEM_IDEMPOTENCY_KEY_REUSED);
	} else {
		location = arena_strdup(&request->arena, location);
		if (route_find(request->http->config.table, everywhere, GET, location, &match) &&
		    match.entry->route->sql) {
			request->origin = request->entry;
			request->entry = match.entry;
			if (request_take_params(request, &match)) {
				respond_header(request, "Location", location);
				statement_run(request);
				return;
			}
		}
		log_error("%s: nothing answers its location", request_reserved(request, "route"));
		problem(request, &PROBLEM_INTERNAL);
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
static void replay_start(struct request *request)
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
	if (!db_submit(request->http->config.service->db, DB_READ, &request->db)) {
		problem(request, &PROBLEM_OVERLOADED);
		dispatch_finish(request);
	}
}

static void mark_replayed(struct request *request)
{
	const struct route *route = request->origin->route;
	struct reply *reply = &request->reply;

	if (reply->status == 200 || reply->status == 304)
		reply->status = route->ok ? route->ok : 200;
	respond_header(request, "Idempotent-Replayed", "true");
}

/* --- the end ---------------------------------------------------------------------------------- */

static void metrics_count(struct request *request)
{
	static const int bounds_ms[BUCKETS] = { 1, 2, 5, 10, 25, 50, 100, 250, 1000, 5000 };
	const struct route_entry *entry = request->origin ? request->origin : request->entry;
	int class = request->reply.status / 100;
	int64_t us = clock_mono_us() - request->started_us;
	int bucket = 0;

	if (!entry) {
		request->http->unrouted[class]++;
		return;
	}
	while (bucket < BUCKETS && us > (int64_t)bounds_ms[bucket] * 1000)
		bucket++;
	entry->metrics->codes[class]++;
	entry->metrics->buckets[bucket]++;
	entry->metrics->seconds += (double)us / 1e6;
}

/* A commit may have left events or jobs: their threads look now instead of at their next poll. */
static void wake_background(const struct request *request)
{
	struct service *service = request->http->config.service;

	if (request->method == GET || request->reply.status >= 300)
		return;
	service_wake(service);
}

void dispatch_finish(struct request *request)
{
	if (request->reply.replay) {
		replay_start(request);
		return;
	}
	if (request->origin)
		mark_replayed(request);
	if (!request->reply.status) {
		log_error("%s did not answer", request->entry->name);
		problem(request, &PROBLEM_INTERNAL);
	}
	metrics_count(request);
	wake_background(request);
	request_send(request);
}
