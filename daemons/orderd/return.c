/*
 * Returns: pieces that can be sold again go back into the stock, and the money back to the customer.
 * catalogd knows a return by its id and paymentd a refund by its own, so both may be asked again.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemons/orderd/orderd.h"
#include "daemons/orderd/sql.h"
#include "daemons/orderd/step.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/daemon/daemon.h"
#include "lib/db/session.h"
#include "lib/http/problem.h"
#include "lib/http/request.h"
#include "lib/queue/worker.h"

/* --- restock ---------------------------------------------------------------------------------- */

static json_t *restock_of(const struct span *span, int i)
{
	return json_pack("{s:s, s:s, s:o}", "id", span_text(span, i, "id"), "order",
			 span_text(span, i, "order"), "lines", span_json(span, i, "lines"));
}

static void take_restock(const struct span *span, int i, json_t *result,
			 const json_t *const answers[])
{
	(void)result;
	(void)answers;
	log_info("order %s: return %s is in the stock", span_text(span, i, "order"),
		 span_text(span, i, "number"));
}

static bool restock(struct session *db, const struct span *span)
{
	static const struct step step = {
		.settle = SQL(settle_restocks),
		.calls = { { "/v1/stock-returns", "returns", "id", "id", restock_of } },
		.take = take_restock,
	};

	return step_work(db, span, &step);
}

void restock_batch(struct session *db, const PGresult *rows)
{
	saga_work(db, rows, restock);
}

/* --- refund ----------------------------------------------------------------------------------- */

static json_t *refund_of(const struct span *span, int i)
{
	return json_pack(
		"{s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:o, s:o*}", "id", span_text(span, i, "id"),
		"payment", span_text(span, i, "payment"), "order", span_text(span, i, "order"),
		"return", span_text(span, i, "return"), "amount",
		(json_int_t)span_number(span, i, "amount"), "reason", span_text(span, i, "reason"),
		"requested_by", span_text(span, i, "actor"), "scopes", span_json(span, i, "scopes"),
		"lines", span_json(span, i, "lines"));
}

static void take_refund(const struct span *span, int i, json_t *result,
			const json_t *const answers[])
{
	const char *status = json_get_string(answers[0], "status", "");

	json_object_set_new(result, "status", json_string(status));
	json_object_set(result, "failure", json_object_get(answers[0], "failure"));
	log_info("order %s: refund %s of return %s is %s", span_text(span, i, "order"),
		 span_text(span, i, "id"), span_text(span, i, "number"), status);
}

static bool refund(struct session *db, const struct span *span)
{
	static const struct step step = {
		.settle = SQL(settle_refunds),
		.calls = { { "/v1/refund-requests", "refunds", "id", "id", refund_of } },
		.take = take_refund,
	};

	return step_work(db, span, &step);
}

void refund_batch(struct session *db, const PGresult *rows)
{
	saga_work(db, rows, refund);
}

/* --- what replacements cost ------------------------------------------------------------------- */

static json_t *values_of(json_t *object)
{
	json_t *array = json_array(), *value;
	const char *name;

	json_object_foreach (object, name, value)
		json_array_append(array, value);
	return array;
}

void supply_replacements(struct request *request, struct session *db)
{
	const char *skus = request_missing(request), *error;
	json_t *list = skus ? json_parse(skus, strlen(skus), &error) : NULL;
	struct ask ask = { .path = "/v1/quotes",
			   .name = "skus",
			   .key = "sku",
			   .list = list ? list : json_array() };

	saga_ask(&ask, 1);
	if (ask.entries) {
		json_t *quotes scoped(scoped_json) = values_of(ask.entries);
		char *text scoped(scoped_free) = json_text(quotes);
		PGresult *stored = session_query(db, SQL(store_return_quotes), "skus", skus,
						 "quotes", text);

		if (!session_ok(stored))
			problem_from_result(request, stored);
		else
			PQclear(stored);
	} else {
		log_warn("no quotes: %s", ask.why);
		problem_detail(request, &PROBLEM_UNAVAILABLE,
			       "The catalogue does not answer. Try again soon.");
	}
	asks_done(&ask, 1);
}

/* --- options ---------------------------------------------------------------------------------- */

enum job_result put_return_window(struct session *db, const struct job *job)
{
	PGresult *put scoped(scoped_result) = NULL;
	char window[24];

	(void)job;
	snprintf(window, sizeof(window), "%" PRId64,
		 options_int(orderd_service->options, "return_window"));
	put = session_query(db, SQL(put_return_window), "window_ms", window);
	if (session_ok(put))
		return JOB_DONE;
	job_reason("%s", PQresultErrorMessage(put));
	return JOB_RETRY;
}
