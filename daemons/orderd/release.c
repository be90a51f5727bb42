/*
 * Releases: what a pending order took, or may have taken, is given back, and then it ends. Payment
 * and stock are told at once; both keep a tombstone for what they have not heard of yet, so that a
 * late request has no effect. Both orders of arrival are fine, and both calls may be repeated.
 */
#include "daemons/orderd/orderd.h"
#include "daemons/orderd/sql.h"
#include "daemons/orderd/step.h"
#include "lib/base/log.h"

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

static void take(const struct span *span, int i, json_t *result, const json_t *const answers[])
{
	(void)result;
	(void)answers;
	log_info("order %s: released, %s", span_text(span, i, "id"), span_text(span, i, "reason"));
}

static bool work(struct session *db, const struct span *span)
{
	static const struct step step = {
		.settle = SQL(settle_releases),
		.calls = { { "/v1/payment-cancellations", "payments", "payment", "payment",
			     payment_of },
			   { "/v1/releases", "releases", "id", "id", release_of } },
		.take = take,
	};

	return step_work(db, span, &step);
}

void release_batch(struct session *db, const PGresult *rows)
{
	saga_work(db, rows, work);
}
