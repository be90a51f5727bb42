/*
 * Shipments: the pieces leave the stock, then their part of the payment is captured. Both calls are
 * idempotent by the shipment's id, so a shipment whose worker was killed is done again as a whole.
 */
#include <string.h>

#include "daemons/orderd/orderd.h"
#include "daemons/orderd/saga.h"
#include "daemons/orderd/sql.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/str.h"

static bool was_shipped(const struct span *span, int i, const struct ask *stock)
{
	const json_t *entry = json_object_get(stock->entries, span_text(span, i, "id"));

	return str_eq(json_get_string(entry, "status", ""), "shipped");
}

static bool is_final(const struct span *span, int i)
{
	return str_eq(span_text(span, i, "final"), "t");
}

/* An amount of 0 is not captured, but the last shipment releases what is left. */
static bool needs_capture(const struct span *span, int i)
{
	return span_number(span, i, "amount") > 0 || is_final(span, i);
}

static json_t *shipment_of(const struct span *span, int i)
{
	return json_pack("{s:s, s:s, s:o}", "id", span_text(span, i, "id"), "order",
			 span_text(span, i, "order"), "lines", span_json(span, i, "lines"));
}

static json_t *capture_of(const struct span *span, int i)
{
	return json_pack("{s:s, s:s, s:I, s:b}", "id", span_text(span, i, "id"), "payment",
			 span_text(span, i, "payment"), "amount",
			 (json_int_t)span_number(span, i, "amount"), "final", is_final(span, i));
}

static json_t *retry(const struct span *span, int i, const char *why)
{
	json_t *result = span_unknown(span, i, why);

	json_object_set_new(result, "outcome", json_string("retry"));
	return result;
}

static json_t *refused(const struct span *span, int i, const json_t *entry)
{
	const char *reason = json_get_string(entry, "reason", "stock");
	json_t *result = span_result(span, i);

	json_object_set_new(result, "outcome", json_string("refused"));
	json_object_set_new(result, "reason", json_string(reason));
	log_warn("order %s %s: shipment %s was refused: %s", span_text(span, i, "number"),
		 span_text(span, i, "order"), span_text(span, i, "id"), reason);
	return result;
}

static json_t *result_of(const struct span *span, int i, const struct ask *stock,
			 const struct ask *captures)
{
	const char *id = span_text(span, i, "id"), *capture = "none";
	const json_t *entry = json_object_get(stock->entries, id);
	json_t *result;

	if (!stock->entries)
		return retry(span, i, stock->why);
	if (!entry)
		return retry(span, i, "/v1/stock-shipments: no entry for it");
	if (!was_shipped(span, i, stock))
		return refused(span, i, entry);
	if (needs_capture(span, i)) {
		capture = json_get_string(json_object_get(captures->entries, id), "status", NULL);
		if (!capture)
			return retry(span, i,
				     *captures->why ? captures->why
						    : "/v1/capture-requests: no entry for it");
	}
	result = span_result(span, i);
	json_object_set_new(result, "outcome", json_string("shipped"));
	json_object_set_new(result, "capture", json_string(capture));
	log_info("order %s %s: shipment %s is on its way, capture %s", span_text(span, i, "number"),
		 span_text(span, i, "order"), id, capture);
	return result;
}

static void ask_for_captures(const struct span *span, const struct ask *stock, struct ask *captures)
{
	for (int i = 0; i < span->count; i++) {
		if (was_shipped(span, i, stock) && needs_capture(span, i))
			json_array_append_new(captures->list, capture_of(span, i));
	}
	if (json_array_size(captures->list))
		saga_ask(captures, 1);
}

enum { STOCK, CAPTURES, CALLS };

static bool work(struct session *db, const struct span *span)
{
	struct ask asks[CALLS] = {
		[STOCK] = { .path = "/v1/stock-shipments",
			    .name = "shipments",
			    .key = "id",
			    .list = json_array() },
		[CAPTURES] = { .path = "/v1/capture-requests",
			       .name = "captures",
			       .key = "id",
			       .list = json_array() },
	};
	json_t *results = json_array();
	bool whole_refused;

	for (int i = 0; i < span->count; i++)
		json_array_append_new(asks[STOCK].list, shipment_of(span, i));
	saga_ask(&asks[STOCK], 1);
	ask_for_captures(span, &asks[STOCK], &asks[CAPTURES]);
	whole_refused = asks_refused(asks, CALLS) && span->count > 1;
	for (int i = 0; i < span->count && !whole_refused; i++)
		json_array_append_new(results, result_of(span, i, &asks[STOCK], &asks[CAPTURES]));
	if (whole_refused)
		json_decref(results);
	else
		saga_settle(db, SQL(settle_shipments), results);
	asks_done(asks, CALLS);
	return !whole_refused;
}

void ship_batch(struct session *db, const PGresult *rows)
{
	saga_work(db, rows, work);
}
