/*
 * Outcomes of payments. They come as events; this asks for those that did not come, so that a broker
 * that is away delays an order but never stops it. Before that, orders whose time is up are sent to
 * be released.
 */
#include "daemons/orderd/orderd.h"
#include "daemons/orderd/saga.h"
#include "daemons/orderd/sql.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/db/session.h"
#include "lib/queue/worker.h"

static json_t *payments_of(const struct span *span)
{
	json_t *payments = json_array();

	for (int i = 0; i < span->count; i++)
		json_array_append_new(payments, json_string(span_text(span, i, "payment")));
	return payments;
}

static json_t *result_of(const struct span *span, int i, const struct ask *ask)
{
	json_t *payment = json_object_get(ask->entries, span_text(span, i, "payment"));
	json_t *result;

	if (!ask->entries)
		return span_unknown(span, i, ask->why);
	result = span_result(span, i);
	if (payment)
		json_object_set(result, "payment", payment);
	return result;
}

static bool work(struct session *db, const struct span *span)
{
	struct ask ask = { .path = "/v1/payment-outcomes",
			   .name = "payments",
			   .key = "payment",
			   .list = payments_of(span) };
	json_t *results = json_array();
	bool refused;

	saga_ask(&ask, 1);
	refused = ask.refused && span->count > 1;
	for (int i = 0; i < span->count && !refused; i++)
		json_array_append_new(results, result_of(span, i, &ask));
	if (refused)
		json_decref(results);
	else
		saga_settle(db, SQL(settle_outcomes), results);
	asks_done(&ask, 1);
	return !refused;
}

void outcome_batch(struct session *db, const PGresult *rows)
{
	saga_work(db, rows, work);
}

enum job_result expire_orders(struct session *db, const struct job *job)
{
	PGresult *expired scoped(scoped_result) = session_query(db, SQL(expire_orders), "batch",
								"500");

	(void)job;
	if (session_ok(expired))
		return JOB_DONE;
	job_reason("%s", PQresultErrorMessage(expired));
	return JOB_RETRY;
}
