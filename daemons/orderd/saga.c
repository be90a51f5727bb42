/* What the workers of the saga share. */
#include "daemons/orderd/saga.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemons/orderd/orderd.h"
#include "daemons/orderd/sql.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/db/session.h"
#include "lib/db/sqlstate.h"

#define ASKS_MAX     160
#define SETTLE_TRIES 5

const char *span_text(const struct span *span, int index, const char *column)
{
	const char *text = row_get_at(span->rows, span->first + index, column);

	return text ? text : "";
}

long long span_number(const struct span *span, int index, const char *column)
{
	return strtoll(span_text(span, index, column), NULL, 10);
}

json_t *span_json(const struct span *span, int index, const char *column)
{
	const char *text = span_text(span, index, column), *error;

	return json_parse(text, strlen(text), &error);
}

json_t *span_result(const struct span *span, int index)
{
	return json_pack("{s:s, s:I}", "id", span_text(span, index, "id"), "attempt",
			 (json_int_t)span_number(span, index, "attempt"));
}

json_t *span_unknown(const struct span *span, int index, const char *why)
{
	json_t *result = span_result(span, index);

	json_object_set_new(result, "why", json_string(why));
	log_warn("order %s: attempt %lld has no outcome yet: %s", span_text(span, index, "id"),
		 span_number(span, index, "attempt"), why);
	return result;
}

/* The service read the batch and would not have it, or fell over it: not a matter of time. */
static bool is_refusal(int status)
{
	return status == 400 || status == 409 || status == 413 || status == 422 || status == 500;
}

/* Entries by key; the answer must have one for each that was asked for, which callers check. */
static json_t *entries_of(const json_t *body, const char *key)
{
	const json_t *data = json_object_get(body, "data"), *entry;
	json_t *entries;
	size_t i;

	if (!json_is_array(data))
		return NULL;
	entries = json_object();
	json_array_foreach (data, i, entry) {
		const char *id = json_get_string(entry, key, NULL);

		if (id)
			json_object_set(entries, id, (json_t *)(uintptr_t)entry);
	}
	return entries;
}

static void take_answer(struct ask *ask, struct peer_answer *answer)
{
	if (answer->status / 100 == 2)
		ask->entries = entries_of(answer->body, ask->key);
	ask->refused = is_refusal(answer->status);
	if (!ask->entries)
		snprintf(ask->why, sizeof(ask->why), "%s: %s", ask->path,
			 answer->status / 100 == 2 ? "an answer without data" : answer->why);
	peer_answer_done(answer);
}

void saga_ask(struct ask *asks, size_t count)
{
	struct peer_call calls[ASKS_MAX];

	if (count > ASKS_MAX)
		count = ASKS_MAX; /* the others stay unknown */
	for (size_t i = 0; i < count; i++)
		calls[i] = (struct peer_call){ .method = POST,
					       .path = asks[i].path,
					       .body = json_pack("{s:O}", asks[i].name,
								 asks[i].list) };
	peers_call_all(orderd_service->peers, calls, count);
	for (size_t i = 0; i < count; i++) {
		take_answer(&asks[i], &calls[i].answer);
		json_decref((json_t *)(uintptr_t)calls[i].body);
	}
}

void asks_done(struct ask *asks, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		json_decref(asks[i].list);
		json_decref(asks[i].entries);
	}
}

const char *asks_unknown(const struct ask *asks, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!asks[i].entries)
			return *asks[i].why ? asks[i].why : "not asked";
	}
	return NULL;
}

bool asks_refused(const struct ask *asks, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (asks[i].refused)
			return true;
	}
	return false;
}

/* The consumer of payments locks the same orders in the order of their events: one of the two is told
 * of a deadlock, and is done with it the next time. */
bool saga_settle(struct session *db, const struct statement *statement, json_t *results)
{
	char *text scoped(scoped_free) = json_text(results);
	size_t count = json_array_size(results);
	PGresult *settled = NULL;
	const char *why;

	json_decref(results);
	for (int i = 0; i < SETTLE_TRIES; i++) {
		PQclear(settled);
		settled = session_query(db, statement, "results", text);
		if (session_ok(settled) || !sqlstate_is_transient(settled))
			break;
	}
	if (session_ok(settled)) {
		PQclear(settled);
		return true;
	}
	why = PQresultErrorMessage(settled); /* below its first line there may be a row: secrets */
	log_warn("%s: %zu rows could not be settled, their leases will end: %.*s", statement->name,
		 count, (int)strcspn(why, "\n"), why);
	PQclear(settled);
	return false;
}

static void work_on(struct session *db, const struct span *span, span_work *work)
{
	const int half = span->count / 2;

	if (work(db, span) || span->count < 2)
		return;
	work_on(db, &(struct span){ span->rows, span->first, half }, work);
	work_on(db, &(struct span){ span->rows, span->first + half, span->count - half }, work);
}

void saga_work(struct session *db, const PGresult *rows, span_work *work)
{
	work_on(db, &(struct span){ rows, 0, PQntuples(rows) }, work);
}
