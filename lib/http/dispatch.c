/* The way of a request from complete to answered. */
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/daemon/daemon.h"
#include "lib/db/session.h"
#include "lib/http/exchange.h"
#include "lib/http/listener.h"
#include "lib/http/problem.h"
#include "lib/http/respond.h"
#include "lib/http/tasks.h"
#include "lib/loop/loop.h"

#define DELAY_MOST_MS 60000

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

/* Runs the statement of request->entry, which is the route's own or the one that reads its
 * Location. */
void statement_run(struct request *request)
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
	const struct route *route;

	if (request->method == GET || request->reply.status >= 300)
		return;
	route = (request->origin ? request->origin : request->entry)->route;
	if (route->sql && statement_kind(route) != DB_WRITE)
		return;
	service_wake(service);
}

/* A Location's answer becomes that of the route that made it. */
static void mark_origin(struct request *request)
{
	const struct route *route = request->origin->route;
	struct reply *reply = &request->reply;

	if (reply->status == 200 || reply->status == 304)
		reply->status = route->ok ? route->ok : 200;
	if (request->replayed)
		respond_header(request, "Idempotent-Replayed", "true");
	if (request->was_held)
		respond_header(request, "Preference-Applied", "wait");
}

/* What the statement needs is missing: the route's task fetches it, once. */
static bool supply_start(struct request *request)
{
	if (request->reply.status != STATUS_MISSING || request->origin ||
	    !request->entry->route->supply)
		return false;
	reply_clear(&request->reply);
	if (request->was_supplied) {
		problem(request, &PROBLEM_UNAVAILABLE);
		return false;
	}
	request->supplying = request->was_supplied = true;
	if (tasks_submit(request->http->config.tasks, request))
		return true;
	request->supplying = false;
	problem(request, &PROBLEM_OVERLOADED);
	return false;
}

static void send_now(void *arg)
{
	struct request *request = arg;

	metrics_count(request);
	request_send(request);
}

static void answer(struct request *request)
{
	struct loop *loop = request->http->config.service->loop;
	int delay_ms = request->reply.delay_ms;

	if (delay_ms > 0) {
		request_suspend(request);
		loop_timer_add(loop, delay_ms < DELAY_MOST_MS ? delay_ms : DELAY_MOST_MS, 0,
			       send_now, request);
	} else {
		send_now(request);
	}
}

void dispatch_finish(struct request *request)
{
	if (request->supplying && !request->reply.status) {
		request->supplying = false;
		statement_run(request);
		return;
	}
	request->supplying = false;
	if (request->reply.replay && replay_start(request))
		return;
	if (supply_start(request))
		return;
	if (!request->was_held)
		wake_background(request);
	if (location_hold(request))
		return;
	if (request->origin)
		mark_origin(request);
	if (!request->reply.status) {
		log_error("%s did not answer", request->entry->name);
		problem(request, &PROBLEM_INTERNAL);
	}
	answer(request);
}
