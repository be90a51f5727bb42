/*
 * Releases: what a pending order took, or may have taken, is given back, and then it ends. Payment
 * and stock are told at once; both keep a tombstone for what they have not heard of yet, so that a
 * late request has no effect. Both orders of arrival are fine, and both calls may be repeated.
 */
#include "daemons/orderd/orderd.h"
#include "daemons/orderd/saga.h"
#include "daemons/orderd/sql.h"
#include "lib/base/log.h"

enum { PAYMENT, STOCK, CALLS };

static json_t *payment_of(const struct span *span, int i)
{
	return json_pack("{s:s, s:s, s:s}", "payment", span_text(span, i, "payment"), "order",
			 span_text(span, i, "id"), "reason", span_text(span, i, "reason"));
}

/* An order is released as a whole once: its own id is the release's. */
static json_t *release_of(const struct span *span, int i)
{
	return json_pack("{s:s, s:s, s:n, s:b, s:s}", "id", span_text(span, i, "id"), "order",
			 span_text(span, i, "id"), "lines", "restock", 1, "reason",
			 span_text(span, i, "reason"));
}

static json_t *result_of(const struct span *span, int i, const struct ask asks[CALLS])
{
	const char *why = asks_unknown(asks, CALLS);

	if (!why && !json_object_get(asks[PAYMENT].entries, span_text(span, i, "payment")))
		why = "/v1/payment-cancellations: no entry for it";
	if (!why && !json_object_get(asks[STOCK].entries, span_text(span, i, "id")))
		why = "/v1/releases: no entry for it";
	if (why)
		return span_unknown(span, i, why);
	log_info("order %s: released, %s", span_text(span, i, "id"), span_text(span, i, "reason"));
	return span_result(span, i);
}

static bool work(struct session *db, const struct span *span)
{
	struct ask asks[CALLS] = {
		[PAYMENT] = { .path = "/v1/payment-cancellations",
			      .name = "payments",
			      .key = "payment",
			      .list = json_array() },
		[STOCK] = { .path = "/v1/releases",
			    .name = "releases",
			    .key = "id",
			    .list = json_array() },
	};
	json_t *results = json_array();
	bool refused;

	for (int i = 0; i < span->count; i++) {
		json_array_append_new(asks[PAYMENT].list, payment_of(span, i));
		json_array_append_new(asks[STOCK].list, release_of(span, i));
	}
	saga_ask(asks, CALLS);
	refused = asks_refused(asks, CALLS) && span->count > 1;
	for (int i = 0; i < span->count && !refused; i++)
		json_array_append_new(results, result_of(span, i, asks));
	if (refused)
		json_decref(results);
	else
		saga_settle(db, SQL(settle_releases), results);
	asks_done(asks, CALLS);
	return !refused;
}

void release_batch(struct session *db, const PGresult *rows)
{
	saga_work(db, rows, work);
}
