/* Requests that wait for an outcome. */
#include "lib/http/waiters.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/daemon/daemon.h"
#include "lib/db/session.h"
#include "lib/http/exchange.h"

#define TICK_MS      100
#define GAP_US       5000 /* between two statements, however often somebody wakes us */
#define GAP_FACTOR   4    /* and this many times what the last one took: it is not our main work */
#define WAIT_MOST_S  30
#define PREFERS_MAX  4 /* headers of that name that we read */
#define PREFER_CHARS " \t"

/* Those who wait on one route. */
struct group {
	struct waiters *waiters;
	const struct route_entry *entry;
	TAILQ_HEAD(, request) held;
	struct db_query query;
	char *ids;             /* of the statement under way; NULL: there is none */
	const char *values[1]; /* the same */
	int64_t begun_us;
	struct group *next;
};

struct waiters {
	struct service *service;
	struct group *groups;
	atomic_int count;
	int most;
	bool draining;
	struct loop_wakeup *wakeup;
	struct loop_timer *tick; /* while somebody waits */
	struct loop_timer *soon; /* the next statements are planned */
	int64_t begun_us;        /* of the last statements */
	int64_t gap_us;
};

/* --- the preference --------------------------------------------------------------------------- */

struct prefers {
	const char *list[PREFERS_MAX];
	int count;
};

static enum MHD_Result prefer_take(void *arg, enum MHD_ValueKind kind, const char *name,
				   const char *value)
{
	struct prefers *prefers = arg;

	(void)kind;
	if (value && strcasecmp(name, "Prefer") == 0 && prefers->count < PREFERS_MAX)
		prefers->list[prefers->count++] = value;
	return MHD_YES;
}

/* The N of `wait=N` in a list such as `respond-async, wait=10`; 0: none (RFC 7240). */
static int64_t wait_find(struct arena *arena, const char *header)
{
	char *list = arena_strdup(arena, header), *item;
	int64_t seconds = 0;

	while ((item = strsep(&list, ",;"))) {
		item += strspn(item, PREFER_CHARS);
		item[strcspn(item, PREFER_CHARS)] = '\0';
		if (strncasecmp(item, "wait=", 5) == 0 && str_to_int(item + 5, 1, 86400, &seconds))
			break;
	}
	return seconds > WAIT_MOST_S ? WAIT_MOST_S : seconds;
}

const char *waiters_preference(struct request *request)
{
	struct prefers prefers = { .count = 0 };

	if (request->prefer_known)
		return request->prefer_wait;
	request->prefer_known = true;
	MHD_get_connection_values(request->connection, MHD_HEADER_KIND, prefer_take, &prefers);
	for (int i = 0; i < prefers.count && !request->prefer_wait; i++) {
		int64_t seconds = wait_find(&request->arena, prefers.list[i]);

		if (seconds)
			request->prefer_wait = arena_printf(&request->arena, "%d", (int)seconds);
	}
	return request->prefer_wait;
}

/* --- looking ---------------------------------------------------------------------------------- */

static void release(struct group *group, struct request *request)
{
	struct waiters *waiters = group->waiters;

	TAILQ_REMOVE(&group->held, request, held);
	if (atomic_fetch_sub(&waiters->count, 1) == 1) {
		loop_timer_remove(waiters->tick);
		waiters->tick = NULL;
	}
	location_read(request);
}

static void release_id(struct group *group, const char *id)
{
	struct request *request, *next;

	for (request = TAILQ_FIRST(&group->held); request; request = next) {
		next = TAILQ_NEXT(request, held);
		if (str_eq(request->held_id, id))
			release(group, request);
	}
}

static void looked(struct db_query *query, PGresult *result)
{
	struct group *group = query->arg;
	int64_t took_us = clock_mono_us() - group->begun_us;

	group->waiters->gap_us = took_us * GAP_FACTOR > GAP_US ? took_us * GAP_FACTOR : GAP_US;
	free(take_ptr(group->ids));
	if (session_ok(result)) {
		for (int row = 0; row < PQntuples(result); row++)
			release_id(group, row_get_at(result, row, "id"));
	} else if (result && PQresultStatus(result) == PGRES_FATAL_ERROR) {
		log_warn("%s: its .wait statement failed: %.*s", group->entry->name,
			 (int)strcspn(PQresultErrorMessage(result), "\n"),
			 PQresultErrorMessage(result));
	}
	PQclear(result);
}

/* {"id","id"}: an array as PostgreSQL reads it. */
static char *ids_text(const struct group *group)
{
	const struct request *request;
	struct buf text = { 0 };

	buf_addc(&text, '{');
	TAILQ_FOREACH (request, &group->held, held) {
		if (text.len > 1)
			buf_addc(&text, ',');
		buf_addc(&text, '"');
		for (const char *c = request->held_id; *c; c++) {
			if (*c == '"' || *c == '\\')
				buf_addc(&text, '\\');
			buf_addc(&text, *c);
		}
		buf_addc(&text, '"');
	}
	buf_addc(&text, '}');
	return buf_steal(&text);
}

static void look(struct group *group)
{
	if (group->ids || TAILQ_EMPTY(&group->held))
		return; /* what comes meanwhile is seen by the next one, at most a tick later */
	group->ids = ids_text(group);
	group->values[0] = group->ids;
	group->begun_us = clock_mono_us();
	group->query = (struct db_query){
		.statement = &group->entry->wait_statement,
		.values = group->values,
		.done = looked,
		.arg = group,
	};
	if (!db_submit(group->waiters->service->db, DB_READ, &group->query))
		free(take_ptr(group->ids)); /* the next tick tries again */
}

static void look_now(void *arg)
{
	struct waiters *waiters = arg;

	waiters->soon = NULL;
	waiters->begun_us = clock_mono_us();
	for (struct group *group = waiters->groups; group; group = group->next)
		look(group);
}

static void look_soon(struct waiters *waiters)
{
	int64_t rest_us = waiters->begun_us + waiters->gap_us - clock_mono_us();

	if (atomic_load(&waiters->count) == 0 || waiters->soon)
		return;
	if (rest_us <= 0)
		look_now(waiters);
	else
		waiters->soon = loop_timer_add(waiters->service->loop, (rest_us + 999) / 1000, 0,
					       look_now, waiters);
}

static void on_wake(void *arg)
{
	look_soon(arg);
}

static void on_tick(void *arg)
{
	struct waiters *waiters = arg;
	int64_t now = clock_mono_ms();

	for (struct group *group = waiters->groups; group; group = group->next) {
		struct request *request, *next;

		for (request = TAILQ_FIRST(&group->held); request; request = next) {
			next = TAILQ_NEXT(request, held);
			if (now >= request->held_until_ms || waiters->draining)
				release(group, request);
		}
	}
	look_soon(waiters);
}

/* --- holding ---------------------------------------------------------------------------------- */

static struct group *group_get(struct waiters *waiters, const struct route_entry *entry)
{
	struct group *group = waiters->groups;

	while (group && group->entry != entry)
		group = group->next;
	if (group)
		return group;
	group = xcalloc(1, sizeof(*group));
	*group = (struct group){ .waiters = waiters, .entry = entry, .next = waiters->groups };
	TAILQ_INIT(&group->held);
	waiters->groups = group;
	return group;
}

/* The last segment of the Location, decoded; NULL when it is none. */
static const char *held_id(struct request *request)
{
	const char *slash = strrchr(request->location, '/');
	char *id = arena_strdup(&request->arena, slash ? slash + 1 : request->location);

	id[strcspn(id, "?#")] = '\0';
	return *id && str_unescape(id) ? id : NULL;
}

bool waiters_hold(struct waiters *waiters, struct request *request)
{
	const struct route_entry *entry = request->origin;
	const char *seconds = entry->route->wait ? waiters_preference(request) : NULL;
	struct group *group;

	if (!seconds || waiters->draining || atomic_load(&waiters->count) >= waiters->most)
		return false;
	request->held_id = held_id(request);
	if (!request->held_id)
		return false;
	request->was_held = true;
	request->held_until_ms = clock_mono_ms() + (int64_t)atoi(seconds) * 1000;
	request_suspend(request);
	group = group_get(waiters, entry);
	TAILQ_INSERT_TAIL(&group->held, request, held);
	if (atomic_fetch_add(&waiters->count, 1) == 0)
		waiters->tick = loop_timer_add(waiters->service->loop, TICK_MS, TICK_MS, on_tick,
					       waiters);
	look_soon(waiters);
	return true;
}

void waiters_wake(struct waiters *waiters)
{
	if (waiters && atomic_load(&waiters->count) > 0)
		loop_wake(waiters->wakeup);
}

void waiters_drain(struct waiters *waiters)
{
	waiters->draining = true;
	on_tick(waiters);
}

int waiters_count(const struct waiters *waiters)
{
	return atomic_load(&waiters->count);
}

bool waiters_busy(const struct waiters *waiters)
{
	for (const struct group *group = waiters->groups; group; group = group->next) {
		if (group->ids)
			return true;
	}
	return false;
}

struct waiters *waiters_new(struct service *service, int most)
{
	struct waiters *waiters = xcalloc(1, sizeof(*waiters));

	*waiters = (struct waiters){ .service = service, .most = most, .gap_us = GAP_US };
	waiters->wakeup = loop_wakeup_add(service->loop, on_wake, waiters);
	return waiters;
}

void waiters_free(struct waiters *waiters)
{
	struct group *next;

	loop_timer_remove(waiters->tick);
	loop_timer_remove(waiters->soon);
	loop_wakeup_remove(waiters->wakeup);
	for (struct group *group = waiters->groups; group; group = next) {
		next = group->next;
		free(group->ids);
		free(group);
	}
	free(waiters);
}
