/* Applies events once: inbox, statement and commit together. */
#include "lib/events/apply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/db/session.h"
#include "lib/db/sql.h"
#include "lib/db/sqlstate.h"

#define TRIES         5
#define BACKOFF_MS    250 /* doubles: a failed event is dead after some four seconds */
#define JOBS          16
#define JOBS_TEXT     "16"
#define LEASE_MS_TEXT "60000"
#define WHY_SIZE      256
#define EVENT_FIELDS  6
#define ALL           "events" /* the parameter of a statement that takes a batch at once */

enum outcome { APPLIED, REPEATED, FAILED, AWAY };

/* Of a transaction: how many events it applied, and how many of them left something to do. */
struct effect {
	uint64_t applied, made;
};

/* --- the statement of the row ----------------------------------------------------------------- */

static const char *const fields[EVENT_FIELDS] = { "event",     "event_id", "subject",
						  "aggregate", "version",  "time" };

void applier_check(const struct statement *sql, const char *consumer)
{
	for (int i = 0; i < sql->nparams; i++) {
		bool known = str_eq(sql->params[i], ALL) && sql->nparams == 1;

		for (size_t j = 0; j < array_size(fields); j++)
			known |= str_eq(sql->params[i], fields[j]);
		if (!known)
			die("consumer %s: no event has the parameter :%s of %s.sql", consumer,
			    sql->params[i], sql->name);
	}
}

static bool takes(const struct statement *sql, const char *name)
{
	for (int i = 0; i < sql->nparams; i++) {
		if (str_eq(sql->params[i], name))
			return true;
	}
	return false;
}

static PGresult *run_statement(const struct applier *applier, const struct event *event)
{
	char *data scoped(scoped_free) = event_data(event);
	const char *values[EVENT_FIELDS] = { data,           event->id,
					     event->subject, event->aggregate,
					     event->version, event->time };
	const char *pairs[2 * EVENT_FIELDS + 2] = { NULL };
	int n = 0;

	for (size_t i = 0; i < array_size(fields); i++) {
		if (!takes(applier->sql, fields[i]))
			continue;
		pairs[n++] = fields[i];
		pairs[n++] = values[i];
	}
	return session_run(applier->db, applier->sql, pairs);
}

/* The events of the list that are to be applied, as an array of their messages:
 * of each the text, which was parsed and found good. */
static PGresult *run_for_all(const struct applier *applier, const struct event *events,
			     size_t count, const bool *chosen)
{
	struct buf list = BUF_INIT(0);
	PGresult *result;

	for (size_t i = 0; i < count; i++) {
		if (!chosen[i])
			continue;
		buf_addc(&list, list.len ? ',' : '[');
		buf_add(&list, events[i].text, events[i].len);
	}
	buf_addc(&list, ']');
	result = session_query(applier->db, applier->sql, ALL, list.data);
	buf_free(&list);
	return result;
}

/* --- one transaction -------------------------------------------------------------------------- */

static enum outcome outcome_of(const PGresult *result, char why[WHY_SIZE])
{
	const char *message;

	if (session_ok(result))
		return APPLIED;
	message = PQresultErrorMessage(result);
	snprintf(why, WHY_SIZE, "%s %.*s", sqlstate_code(result), (int)strcspn(message, "\n"),
		 message);
	str_cut_utf8(why);
	return sqlstate_is_transient(result) ? AWAY : FAILED;
}

/* Sets fresh[i] for the events that were not in the inbox; one that is there twice counts once. */
static enum outcome take(const struct applier *applier, const struct event *events, size_t count,
			 bool *fresh, char why[WHY_SIZE])
{
	json_t *ids scoped(scoped_json) = json_array();
	char *text scoped(scoped_free) = NULL;
	PGresult *rows scoped(scoped_result) = NULL;

	for (size_t i = 0; i < count; i++) {
		if (events[i].id)
			json_array_append_new(ids, json_string(events[i].id));
	}
	text = json_text(ids);
	rows = session_query(applier->db, SQL(inbox_insert), "consumer", applier->consumer, "ids",
			     text);
	for (int row = 0; session_ok(rows) && row < PQntuples(rows); row++) {
		const char *id = row_get_at(rows, row, "event_id");
		size_t i = 0;

		while (i < count && (!events[i].id || !str_eq(events[i].id, id)))
			i++;
		if (i < count)
			fresh[i] = true;
	}
	return outcome_of(rows, why);
}

static enum outcome apply_each(const struct applier *applier, const struct event *events,
			       size_t count, const bool *chosen, char why[WHY_SIZE])
{
	enum outcome outcome = APPLIED;

	for (size_t i = 0; i < count && outcome == APPLIED; i++) {
		PGresult *result scoped(scoped_result) = NULL;

		if (!chosen[i])
			continue;
		result = run_statement(applier, &events[i]);
		outcome = outcome_of(result, why);
	}
	return outcome;
}

static enum outcome apply_all(const struct applier *applier, const struct event *events,
			      size_t count, const bool *chosen, char why[WHY_SIZE])
{
	PGresult *result scoped(scoped_result) = run_for_all(applier, events, count, chosen);

	return outcome_of(result, why);
}

/* The statement knows by itself which of the events are new. */
static enum outcome apply_unique(const struct applier *applier, const struct event *events,
				 size_t count, struct effect *effect, char why[WHY_SIZE])
{
	bool *all scoped(scoped_free) = xcalloc(count, sizeof(*all));
	PGresult *result scoped(scoped_result) = NULL;
	const char *made;
	int64_t number = 0;

	memset(all, true, count * sizeof(*all));
	result = run_for_all(applier, events, count, all);
	made = row_get(result, "made");
	if (made)
		str_to_int(made, 0, INT64_MAX, &number);
	*effect = (struct effect){ .applied = count, .made = (uint64_t)number };
	return outcome_of(result, why);
}

/* What was applied through *effect; the caller commits. */
static enum outcome apply_in(const struct applier *applier, const struct event *events,
			     size_t count, struct effect *effect, char why[WHY_SIZE])
{
	bool *fresh scoped(scoped_free) = xcalloc(count, sizeof(*fresh));
	enum outcome outcome;

	*effect = (struct effect){ 0 };
	if (applier->unique)
		return apply_unique(applier, events, count, effect, why);
	outcome = take(applier, events, count, fresh, why);
	for (size_t i = 0; i < count && outcome == APPLIED; i++)
		effect->applied += fresh[i];
	effect->made = effect->applied;
	if (outcome != APPLIED || effect->applied == 0)
		return outcome;
	if (takes(applier->sql, ALL))
		return apply_all(applier, events, count, fresh, why);
	return apply_each(applier, events, count, fresh, why);
}

static void count_in(struct applier *applier, const struct effect *effect)
{
	applier->applied += effect->applied;
	applier->made += effect->made;
}

static enum outcome apply_together(struct applier *applier, const struct event *events,
				   size_t count, char why[WHY_SIZE])
{
	enum outcome outcome = AWAY;
	struct effect effect;

	snprintf(why, WHY_SIZE, "the database is away");
	if (!session_begin(applier->db))
		return AWAY;
	outcome = apply_in(applier, events, count, &effect, why);
	if (outcome != APPLIED) {
		session_rollback(applier->db);
		return outcome;
	}
	if (!session_commit(applier->db)) {
		session_settle(applier->db);
		snprintf(why, WHY_SIZE, "the commit got no answer");
		return AWAY;
	}
	count_in(applier, &effect);
	return effect.applied ? APPLIED : REPEATED;
}

/* --- failures --------------------------------------------------------------------------------- */

/* What the job holds: the event, or a text that is none. */
static char *payload(const struct event *event)
{
	json_t *wrapped scoped(scoped_json) = NULL;

	if (event->id)
		return xstrndup(event->text, event->len);
	wrapped = json_pack("{s:s%}", "unreadable", event->text, event->len);
	if (!wrapped)
		wrapped = json_pack("{s:n}", "unreadable"); /* not even UTF-8 */
	return json_text(wrapped);
}

/* False: it could not be stored, so it must come again. */
static bool keep(struct applier *applier, const struct event *event, const char *why)
{
	char *text scoped(scoped_free) = payload(event);
	char delay[24];
	PGresult *kept scoped(scoped_result) = NULL;

	snprintf(delay, sizeof(delay), "%d", BACKOFF_MS);
	kept = session_query(applier->db, SQL(event_job_insert), "queue", applier->queue,
			     "event_id", event->id ? event->id : text, "payload", text, "state",
			     event->id ? "queued" : "dead", "delay_ms", delay, "reason", why);
	if (!session_ok(kept))
		return false;
	applier->failed++;
	applier->dead += !event->id;
	if (event->id)
		log_warn("event %s failed at %s: %s", event->id, applier->consumer, why);
	else
		log_error("a message for %s is no event; see its dead job", applier->consumer);
	return true;
}

static bool apply_one(struct applier *applier, const struct event *event)
{
	char why[WHY_SIZE];

	if (!event->id)
		return keep(applier, event, "it is no event");
	switch (apply_together(applier, event, 1, why)) {
	case APPLIED:
		return true;
	case REPEATED:
		applier->repeated++;
		return true;
	case FAILED:
		return keep(applier, event, why);
	case AWAY:
		break;
	}
	log_debug("event %s comes again to %s: %s", event->id, applier->consumer, why);
	return false;
}

bool apply_events(struct applier *applier, const struct event *events, size_t count)
{
	uint64_t before = applier->applied;
	bool whole = count > 1, settled = true;
	char why[WHY_SIZE];

	for (size_t i = 0; i < count; i++)
		whole = whole && events[i].id;
	if (whole && apply_together(applier, events, count, why) <= REPEATED) {
		applier->repeated += count - (applier->applied - before);
		return true;
	}
	for (size_t i = 0; i < count; i++) {
		/* Away: all come again, instead of each waiting for a connection. */
		if (!session_connection(applier->db))
			return false;
		settled = apply_one(applier, &events[i]) && settled;
	}
	return settled;
}

/* --- failed events again ---------------------------------------------------------------------- */

struct retry {
	const char *id, *attempt; /* the fencing token */
	int64_t tries;
	struct event event;
};

/* True: still ours. */
static bool settle(const struct applier *applier, const struct retry *retry, const char *state,
		   const char *why)
{
	PGresult *settled scoped(scoped_result) = NULL;
	char delay[24];

	snprintf(delay, sizeof(delay), "%d", BACKOFF_MS << (retry->tries % TRIES));
	settled = session_query(applier->db, SQL(job_settle), "state", state, "reason", why,
				"delay_ms", delay, "id", retry->id, "attempt", retry->attempt);
	return session_ok(settled) && str_eq(PQcmdTuples(settled), "1");
}

/* The effect and the end of the job in one transaction. */
static enum outcome retry_in(struct applier *applier, const struct retry *retry, char why[WHY_SIZE])
{
	struct effect effect;
	enum outcome outcome;

	snprintf(why, WHY_SIZE, "the database is away");
	if (!session_begin(applier->db))
		return AWAY;
	outcome = apply_in(applier, &retry->event, 1, &effect, why);
	if (outcome == APPLIED && !settle(applier, retry, "done", NULL))
		outcome = AWAY; /* another instance has it now */
	if (outcome != APPLIED) {
		session_rollback(applier->db);
		return outcome;
	}
	if (!session_commit(applier->db)) {
		session_settle(applier->db);
		return AWAY;
	}
	count_in(applier, &effect);
	return APPLIED;
}

static bool retry_one(struct applier *applier, const struct retry *retry)
{
	char why[WHY_SIZE] = "it is no event";
	enum outcome outcome = retry->event.id ? retry_in(applier, retry, why) : FAILED;
	bool dead = !retry->event.id || retry->tries >= TRIES;

	if (outcome != FAILED)
		return outcome == APPLIED; /* AWAY: it is claimed again after its lease */
	if (settle(applier, retry, dead ? "dead" : "queued", why) && dead) {
		applier->dead++;
		log_error("event %s is dead at %s: %s",
			  retry->event.id ? retry->event.id : "without id", applier->consumer, why);
	}
	return false;
}

int apply_jobs(struct applier *applier)
{
	PGresult *rows scoped(scoped_result) = session_query(applier->db, SQL(job_claim), "queue",
							     applier->queue, "batch", JOBS_TEXT,
							     "lease_ms", LEASE_MS_TEXT);
	int applied = 0;

	for (int row = 0; session_ok(rows) && row < PQntuples(rows); row++) {
		const char *text = row_get_at(rows, row, "payload");
		struct retry retry = { .id = row_get_at(rows, row, "id"),
				       .attempt = row_get_at(rows, row, "attempt"),
				       .tries = TRIES };

		str_to_int(row_get_at(rows, row, "tries"), 1, INT32_MAX, &retry.tries);
		event_parse(&retry.event, text, strlen(text));
		applied += retry_one(applier, &retry);
		event_done(&retry.event);
	}
	return applied;
}
