/*
 * Cancellations of confirmed orders: the pieces go back, and when nothing is left to ship, what was
 * authorized and not captured is voided. Both calls may be repeated.
 */
#include "daemons/orderd/orderd.h"
#include "daemons/orderd/sql.h"
#include "daemons/orderd/step.h"
#include "lib/base/log.h"
#include "lib/base/str.h"

static bool is_final(const struct span *span, int i)
{
	return str_eq(span_text(span, i, "final"), "t");
}

static json_t *release_of(const struct span *span, int i)
{
	return json_pack("{s:s, s:s, s:o, s:b, s:s}", "id", span_text(span, i, "id"), "order",
			 span_text(span, i, "order"), "lines", span_json(span, i, "lines"),
			 "restock", str_eq(span_text(span, i, "restock"), "t"), "reason",
			 span_text(span, i, "reason"));
}

static json_t *payment_of(const struct span *span, int i)
{
	return json_pack("{s:s, s:s, s:s}", "payment", span_text(span, i, "payment"), "order",
			 span_text(span, i, "order"), "reason", span_text(span, i, "reason"));
}

static void take(const struct span *span, int i, json_t *result, const json_t *const answers[])
{
	(void)result;
	(void)answers;
	log_info("order %s %s: cancellation %s is done", span_text(span, i, "number"),
		 span_text(span, i, "order"), span_text(span, i, "id"));
}

static bool work(struct session *db, const struct span *span)
{
	static const struct step step = {
		.settle = SQL(settle_cancellations),
		.calls = { { "/v1/releases", "releases", "id", "id", release_of },
			   { "/v1/payment-cancellations", "payments", "payment", "payment",
			     payment_of, is_final } },
		.take = take,
	};

	return step_work(db, span, &step);
}

void cancel_batch(struct session *db, const PGresult *rows)
{
	saga_work(db, rows, work);
}
