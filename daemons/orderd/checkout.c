/*
 * Checkouts: compare with cart and catalogue, count the uses of promotions, allocate, ask for the
 * payment, settle. A batch at a time, each step one call for all of its orders. The calls are
 * idempotent by the order's and the payment's id, so a batch whose worker was killed anywhere is simply
 * done again; what an order may have taken in an earlier attempt is given back before it is rejected.
 */
#include <stdlib.h>
#include <string.h>

#include "daemons/orderd/compare.h"
#include "daemons/orderd/orderd.h"
#include "daemons/orderd/redeem.h"
#include "daemons/orderd/saga.h"
#include "daemons/orderd/sql.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/db/session.h"

#define SKUS_PER_CALL 1000
#define ASKS_MAX      40

struct batch {
	const struct span *span;
	json_t **lines;   /* of each order; parsed */
	json_t **results; /* of each order; NULL: not decided yet */
	json_t *quotes;   /* by SKU */
};

static void batch_open(struct batch *batch, const struct span *span)
{
	*batch = (struct batch){ .span = span,
				 .lines = xcalloc((size_t)span->count, sizeof(json_t *)),
				 .results = xcalloc((size_t)span->count, sizeof(json_t *)),
				 .quotes = json_object() };
	for (int i = 0; i < span->count; i++) {
		const char *text = span_text(span, i, "lines"), *error;

		batch->lines[i] = json_parse(text, strlen(text), &error);
	}
}

static void batch_close(struct batch *batch)
{
	for (int i = 0; i < batch->span->count; i++) {
		json_decref(batch->lines[i]);
		json_decref(batch->results[i]);
	}
	json_decref(batch->quotes);
	free(batch->lines);
	free(batch->results);
}

static void set_unknown(struct batch *batch, int i, const char *why)
{
	batch->results[i] = span_unknown(batch->span, i, why);
	json_object_set_new(batch->results[i], "outcome", json_string("retry"));
}

/* Without an outcome so far: unknown, for this reason. */
static void open_ones_unknown(struct batch *batch, const char *why)
{
	for (int i = 0; i < batch->span->count; i++) {
		if (!batch->results[i])
			set_unknown(batch, i, why);
	}
}

/* Takes `detail`. With the outcome "releasing" what an earlier attempt may have taken is given back
 * first; the number of the attempt does not tell, because a claim may be lost with the server. */
static void reject(struct batch *batch, int i, const char *outcome, const char *reason,
		   json_t *detail)
{
	const struct span *span = batch->span;
	json_t *result = span_result(span, i);

	json_object_set_new(result, "outcome", json_string(outcome));
	json_object_set_new(result, "reason", json_string(reason));
	if (detail)
		json_object_set_new(result, "detail", detail);
	batch->results[i] = result;
	log_info("order %s %s: %s", span_text(span, i, "number"), span_text(span, i, "id"), reason);
}

/* --- compare ---------------------------------------------------------------------------------- */

/* Orders of staff have none. */
static json_t *carts_of(const struct batch *batch)
{
	json_t *carts = json_array();

	for (int i = 0; i < batch->span->count; i++) {
		const char *cart = span_text(batch->span, i, "cart");

		if (*cart)
			json_array_append_new(carts, json_string(cart));
	}
	return carts;
}

/* Each SKU once; in as many calls as it takes. */
static size_t ask_for_quotes(const struct batch *batch, struct ask *asks, size_t room)
{
	json_t *seen = json_object();
	const json_t *line;
	size_t count = 0, j;

	for (int i = 0; i < batch->span->count; i++) {
		json_array_foreach (batch->lines[i], j, line) {
			const char *sku = json_get_string(line, "sku", "");

			if (json_object_get(seen, sku))
				continue;
			if (json_object_size(seen) % SKUS_PER_CALL == 0 && count < room)
				asks[count++] = (struct ask){ .path = "/v1/quotes",
							      .name = "skus",
							      .key = "sku",
							      .list = json_array() };
			json_object_set_new(seen, sku, json_true());
			json_array_append_new(asks[count - 1].list, json_string(sku));
		}
	}
	json_decref(seen);
	return count;
}

static void compare_each(struct batch *batch, const json_t *carts)
{
	const struct span *span = batch->span;

	for (int i = 0; i < span->count; i++) {
		const char *cart = span_text(span, i, "cart"), *reason;
		json_t *detail = NULL;

		reason = checkout_compare(
			&(struct checkout){ .owner = span_text(span, i, "owner"),
					    .cart = cart,
					    .currency = span_text(span, i, "currency"),
					    .cart_version = span_number(span, i, "cart_version"),
					    .lines = batch->lines[i] },
			json_object_get(carts, cart), batch->quotes, &detail);
		if (reason)
			reject(batch, i, "releasing", reason, detail);
	}
}

/* False: the batch was refused. The quotes first, the carts last, if there are any. */
static bool compare(struct batch *batch)
{
	struct ask asks[ASKS_MAX] = { 0 };
	size_t quotes = ask_for_quotes(batch, asks, ASKS_MAX - 1), count = quotes;
	json_t *carts = carts_of(batch);
	const char *unknown;
	bool refused;

	if (json_array_size(carts))
		asks[count++] = (struct ask){ .path = "/v1/cart-snapshots",
					      .name = "carts",
					      .key = "cart",
					      .list = json_incref(carts) };
	json_decref(carts);
	saga_ask(asks, count);
	unknown = asks_unknown(asks, count);
	refused = asks_refused(asks, count) && batch->span->count > 1;
	if (unknown) {
		open_ones_unknown(batch, unknown);
	} else {
		for (size_t i = 0; i < quotes; i++)
			json_object_update(batch->quotes, asks[i].entries);
		compare_each(batch, count > quotes ? asks[quotes].entries : NULL);
	}
	asks_done(asks, count);
	return !refused;
}

/* --- promotions ------------------------------------------------------------------------------- */

/* A lost answer of an earlier attempt may have let an order go on: what it took is given back. */
static void redeem(struct batch *batch, struct session *db)
{
	json_t *claims = json_array(), *over scoped(scoped_json) = NULL, *detail;

	for (int i = 0; i < batch->span->count; i++) {
		if (!batch->results[i] && *span_text(batch->span, i, "discounted") == 't')
			json_array_append_new(claims, span_result(batch->span, i));
	}
	if (json_array_size(claims) == 0) {
		json_decref(claims);
		return;
	}
	over = promotions_redeem(db, claims);
	for (int i = 0; i < batch->span->count; i++) {
		if (batch->results[i] || *span_text(batch->span, i, "discounted") != 't')
			continue;
		detail = json_object_get(over, span_text(batch->span, i, "id"));
		if (!over)
			set_unknown(batch, i, "the uses of its promotions are not counted");
		else if (detail)
			reject(batch, i, "releasing", "promotion_used_up", json_incref(detail));
	}
}

/* --- allocate --------------------------------------------------------------------------------- */

static json_t *lines_for_stock(const json_t *lines)
{
	json_t *out = json_array();
	json_t *line;
	size_t i;

	json_array_foreach (lines, i, line)
		json_array_append_new(out, json_pack("{s:O, s:O, s:O}", "line",
						     json_object_get(line, "line"), "sku",
						     json_object_get(line, "sku"), "quantity",
						     json_object_get(line, "quantity")));
	return out;
}

static json_t *allocation_of(const struct batch *batch, int i)
{
	const char *cart = span_text(batch->span, i, "cart");

	return json_pack("{s:s, s:s*, s:o}", "order", span_text(batch->span, i, "id"), "cart",
			 *cart ? cart : NULL, "lines", lines_for_stock(batch->lines[i]));
}

static json_t *allocations_of(const struct batch *batch)
{
	json_t *orders = json_array();

	for (int i = 0; i < batch->span->count; i++) {
		if (!batch->results[i])
			json_array_append_new(orders, allocation_of(batch, i));
	}
	return orders;
}

static void take_allocation(struct batch *batch, int i, const json_t *entry)
{
	const char *status = json_get_string(entry, "status", "");
	json_t *shortages = json_object_get(entry, "shortages");

	/* Nothing is allocated, so no earlier attempt came further than this. */
	if (str_eq(status, "rejected"))
		reject(batch, i, "rejected", "out_of_stock",
		       json_pack("{s:O*}", "lines", shortages));
	else if (!str_eq(status, "allocated"))
		set_unknown(batch, i, "/v1/allocations: neither allocated nor rejected");
}

/* False: the batch was refused. */
static bool allocate(struct batch *batch)
{
	struct ask ask = { .path = "/v1/allocations",
			   .name = "orders",
			   .key = "order",
			   .list = allocations_of(batch) };
	bool refused;

	if (json_array_size(ask.list) == 0) {
		json_decref(ask.list);
		return true;
	}
	saga_ask(&ask, 1);
	refused = ask.refused && json_array_size(ask.list) > 1;
	if (!ask.entries)
		open_ones_unknown(batch, ask.why);
	for (int i = 0; i < batch->span->count; i++) {
		if (!batch->results[i])
			take_allocation(
				batch, i,
				json_object_get(ask.entries, span_text(batch->span, i, "id")));
	}
	asks_done(&ask, 1);
	return !refused;
}

/* --- ask for the payment ---------------------------------------------------------------------- */

/* Ours. paymentd may answer a later one: some means of payment take days. */
static void deadline_of(const struct batch *batch, int i, char out[CLOCK_RFC3339_SIZE])
{
	clock_format(span_number(batch->span, i, "created_ms") +
			     options_int(orderd_service->options, "payment_deadline"),
		     out);
}

/* What costs nothing may have no means of payment. */
static json_t *payment_of(const struct batch *batch, int i)
{
	const struct span *span = batch->span;
	const char *token = span_text(span, i, "token");
	char deadline[CLOCK_RFC3339_SIZE];

	deadline_of(batch, i, deadline);
	return json_pack("{s:s, s:s, s:s, s:s, s:{s:I, s:s}, s:s, s:s}", "payment",
			 span_text(span, i, "payment"), "order", span_text(span, i, "id"), "number",
			 span_text(span, i, "number"), "owner", span_text(span, i, "owner"),
			 "amount", "amount", (json_int_t)span_number(span, i, "total"), "currency",
			 span_text(span, i, "currency"), "token", *token ? token : "none",
			 "deadline", deadline);
}

static json_t *names_of(const struct batch *batch, int i)
{
	json_t *names = json_array();
	const json_t *line;
	size_t j;

	json_array_foreach (batch->lines[i], j, line) {
		const json_t *quote = json_object_get(batch->quotes,
						      json_get_string(line, "sku", ""));

		json_array_append_new(names, json_string(json_get_string(quote, "name", "")));
	}
	return names;
}

static void go_on(struct batch *batch, int i, const json_t *payment)
{
	const struct span *span = batch->span;
	char deadline[CLOCK_RFC3339_SIZE];
	json_t *result = span_result(span, i);

	deadline_of(batch, i, deadline);
	json_object_set_new(result, "outcome", json_string("authorizing"));
	json_object_set_new(result, "deadline",
			    json_string(json_get_string(payment, "deadline", deadline)));
	json_object_set_new(result, "names", names_of(batch, i));
	batch->results[i] = result;
	log_info("order %s %s: allocated, payment %s is asked for", span_text(span, i, "number"),
		 span_text(span, i, "id"), span_text(span, i, "payment"));
}

/* For what costs nothing too: paymentd authorizes that by itself. False: the batch was refused. */
static bool ask_for_payments(struct batch *batch)
{
	struct ask ask = { .path = "/v1/payment-requests",
			   .name = "payments",
			   .key = "payment",
			   .list = json_array() };
	bool refused;

	for (int i = 0; i < batch->span->count; i++) {
		if (!batch->results[i])
			json_array_append_new(ask.list, payment_of(batch, i));
	}
	if (json_array_size(ask.list))
		saga_ask(&ask, 1);
	refused = ask.refused && json_array_size(ask.list) > 1;
	for (int i = 0; i < batch->span->count; i++) {
		const json_t *payment = json_object_get(ask.entries,
							span_text(batch->span, i, "payment"));

		if (!batch->results[i] && payment)
			go_on(batch, i, payment);
	}
	open_ones_unknown(batch, *ask.why ? ask.why : "/v1/payment-requests: no entry for it");
	asks_done(&ask, 1);
	return !refused;
}

/* --- all of it -------------------------------------------------------------------------------- */

static bool work(struct session *db, const struct span *span)
{
	struct batch batch;
	bool accepted;

	batch_open(&batch, span);
	accepted = compare(&batch);
	if (accepted)
		redeem(&batch, db);
	accepted = accepted && allocate(&batch) && ask_for_payments(&batch);
	if (accepted) {
		json_t *results = json_array();

		for (int i = 0; i < span->count; i++)
			json_array_append(results, batch.results[i]);
		saga_settle(db, SQL(settle_checkouts), results);
	}
	batch_close(&batch);
	return accepted;
}

void checkout_batch(struct session *db, const PGresult *rows)
{
	saga_work(db, rows, work);
}
