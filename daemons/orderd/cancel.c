/*
 * Cancellations of confirmed orders: the pieces go back, and when nothing is left to ship, what was
 * authorized and not captured is voided. Both calls may be repeated.
 */
#include <string.h>

#include "daemons/orderd/orderd.h"
#include "daemons/orderd/saga.h"
#include "daemons/orderd/sql.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/str.h"

enum { STOCK, PAYMENT, CALLS };

static bool is_final(const struct span *span, int i)
{
	return str_eq(span_text(span, i, "final"), "t");
}

static json_t *release_of(const struct span *span, int i)
{
	const char *lines = span_text(span, i, "lines"), *error;

	return json_pack("{s:s, s:s, s:o, s:b, s:s}", "id", span_text(span, i, "id"), "order",
			 span_text(span, i, "order"), "lines",
			 json_parse(lines, strlen(lines), &error), "restock",
			 str_eq(span_text(span, i, "restock"), "t"), "reason",
			 span_text(span, i, "reason"));
}

static json_t *payment_of(const struct span *span, int i)
{
	return json_pack("{s:s, s:s, s:s}", "payment", span_text(span, i, "payment"), "order",
			 span_text(span, i, "order"), "reason", span_text(span, i, "reason"));
}

static json_t *result_of(const struct span *span, int i, const struct ask asks[CALLS])
{
	const char *why = NULL;

	if (!json_object_get(asks[STOCK].entries, span_text(span, i, "id")))
		why = *asks[STOCK].why ? asks[STOCK].why : "/v1/releases: no entry for it";
	else if (is_final(span, i) &&
		 !json_object_get(asks[PAYMENT].entries, span_text(span, i, "payment")))
		why = *asks[PAYMENT].why ? asks[PAYMENT].why
					 : "/v1/payment-cancellations: no entry for it";
	if (why)
		return span_unknown(span, i, why);
	log_info("order %s %s: cancellation %s is done", span_text(span, i, "number"),
		 span_text(span, i, "order"), span_text(span, i, "id"));
	return span_result(span, i);
}

/* What stays without a list is not asked. */
static bool work(struct session *db, const struct span *span)
{
	struct ask asks[CALLS] = {
		[STOCK] = { .path = "/v1/releases",
			    .name = "releases",
			    .key = "id",
			    .list = json_array() },
		[PAYMENT] = { .path = "/v1/payment-cancellations",
			      .name = "payments",
			      .key = "payment",
			      .list = json_array() },
	};
	json_t *results = json_array();
	bool refused;

	for (int i = 0; i < span->count; i++) {
		json_array_append_new(asks[STOCK].list, release_of(span, i));
		if (is_final(span, i))
			json_array_append_new(asks[PAYMENT].list, payment_of(span, i));
	}
	saga_ask(asks, json_array_size(asks[PAYMENT].list) ? CALLS : 1);
	refused = asks_refused(asks, CALLS) && span->count > 1;
	for (int i = 0; i < span->count && !refused; i++)
		json_array_append_new(results, result_of(span, i, asks));
	if (refused)
		json_decref(results);
	else
		saga_settle(db, SQL(settle_cancellations), results);
	asks_done(asks, CALLS);
	return !refused;
}

void cancel_batch(struct session *db, const PGresult *rows)
{
	saga_work(db, rows, work);
}
