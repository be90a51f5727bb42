/* A step of the saga as a table. */
#include "daemons/orderd/step.h"

#include <stdio.h>

static bool is_needed(const struct step_call *call, const struct span *span, int i)
{
	return call->path && (!call->needed || call->needed(span, i));
}

/* What is asked of nobody is not called: the calls that have something, one after the other. */
static size_t fill(const struct step *step, const struct span *span,
		   struct ask asks[STEP_CALLS_MAX], struct ask *of[STEP_CALLS_MAX])
{
	size_t count = 0;

	for (size_t c = 0; c < STEP_CALLS_MAX; c++) {
		const struct step_call *call = &step->calls[c];
		json_t *list = json_array();

		for (int i = 0; i < span->count; i++) {
			if (is_needed(call, span, i))
				json_array_append_new(list, call->entry(span, i));
		}
		of[c] = NULL;
		if (json_array_size(list)) {
			asks[count] = (struct ask){ .path = call->path,
						    .name = call->name,
						    .key = call->key,
						    .list = list };
			of[c] = &asks[count++];
		} else {
			json_decref(list);
		}
	}
	return count;
}

static json_t *result_of(const struct step *step, const struct span *span, int i,
			 struct ask *const of[STEP_CALLS_MAX])
{
	const json_t *answers[STEP_CALLS_MAX] = { NULL };
	json_t *result;

	for (size_t c = 0; c < STEP_CALLS_MAX; c++) {
		const struct step_call *call = &step->calls[c];
		char why[sizeof(of[c]->why)];

		if (!is_needed(call, span, i))
			continue;
		answers[c] = json_object_get(of[c]->entries, span_text(span, i, call->column));
		if (answers[c])
			continue;
		snprintf(why, sizeof(why), "%s: no entry for it", call->path);
		return span_unknown(span, i, *of[c]->why ? of[c]->why : why);
	}
	result = span_result(span, i);
	if (step->take)
		step->take(span, i, result, answers);
	return result;
}

bool step_work(struct session *db, const struct span *span, const struct step *step)
{
	struct ask asks[STEP_CALLS_MAX], *of[STEP_CALLS_MAX];
	size_t count = fill(step, span, asks, of);
	bool refused;

	saga_ask(asks, count);
	refused = asks_refused(asks, count) && span->count > 1;
	if (!refused) {
		json_t *results = json_array();

		for (int i = 0; i < span->count; i++)
			json_array_append_new(results, result_of(step, span, i, of));
		saga_settle(db, step->settle, results);
	}
	asks_done(asks, count);
	return !refused;
}
