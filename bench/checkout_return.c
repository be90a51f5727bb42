/*
 * A shipped order comes back, whole or in parts: asked for, approved, counted, and paid back or
 * exchanged. Some are declined, called off, or asked for twice at once, as it happens.
 */
#include "bench/checkout.h"

#include <string.h>

struct back {
	struct client *client;
	const json_t *order;
	char id[64];   /* of the return */
	char path[96]; /* /v1/returns/ID */
	json_t *lines; /* asked for: line, quantity */
	bool exchange;
};

/* One step, at the version that is seen first. True when the shop took it. */
static bool step(const struct back *back, const char *op, const char *verb, json_t *body,
		 struct reply *reply)
{
	struct reply seen = { 0 };
	char path[128];
	bool taken;

	snprintf(path, sizeof(path), "%s/%s", back->path, verb);
	for (int i = 0; i < 3; i++) {
		staff_get(back->client, back->path, &seen);
		reply_done(&seen);
		taken = staff_act(back->client,
				  &(struct act){ .op = op,
						 .path = path,
						 .about = back->id,
						 .if_match = seen.etag,
						 .body = json_incref(body) },
				  reply);
		/* Somebody was faster, such as the worker that puts it into the stock. */
		if (reply->status != 412)
			break;
		reply_done(reply);
	}
	json_decref(body);
	return taken;
}

static bool step_only(const struct back *back, const char *op, const char *verb, json_t *body)
{
	struct reply reply = { 0 };
	bool taken = step(back, op, verb, body, &reply);

	reply_done(&reply);
	return taken;
}

/* Again, by somebody who does not know of the first time: it must be refused. */
static void perhaps_again(const struct back *back, const char *op, const char *verb,
			  const json_t *body)
{
	if (client_random(back->client, 5) == 0)
		step_only(back, op, verb, json_deep_copy(body));
}

/* --- asking -------------------------------------------------------------------------------------- */

/* Everything, or a part of the first line. */
static json_t *wanted_lines(struct client *client, const json_t *order)
{
	bool all = client_random(client, 3) == 0;
	json_t *lines = json_array(), *line;
	size_t i;

	json_array_foreach (json_object_get(order, "lines"), i, line) {
		json_int_t quantity = json_integer_value(json_object_get(line, "quantity"));

		if (!all)
			quantity = 1 + (json_int_t)client_random(client, (uint64_t)quantity);
		json_array_append_new(lines,
				      json_pack("{s:O, s:I}", "line", json_object_get(line, "line"),
						"quantity", quantity));
		if (!all)
			break;
	}
	return lines;
}

/* The same again for a piece that is broken; or another product, which may be dearer. */
static json_t *replacement(struct client *client, const json_t *order, const json_t *lines)
{
	const json_t *line = json_array_get(json_object_get(order, "lines"), 0);
	const json_t *quantity = json_object_get(json_array_get(lines, 0), "quantity");
	char sku[64];

	if (client_random(client, 3))
		return json_pack("[{s:s, s:O}]", "sku", text_of(line, "sku"), "quantity", quantity);
	any_sku(client, sku);
	return json_pack("[{s:s, s:i}]", "sku", sku, "quantity", 1);
}

static bool ask(struct back *back)
{
	const char *order = text_of(back->order, "id");
	json_t *body = json_pack("{s:O, s:s}", "lines", back->lines, "reason", "regret");
	struct reply reply = { 0 };
	char path[128];
	bool taken;

	if (back->exchange)
		json_object_set_new(body, "exchange",
				    replacement(back->client, back->order, back->lines));
	snprintf(path, sizeof(path), "/v1/orders/%s/returns", order);
	taken = staff_act(
		back->client,
		&(struct act){ .op = "return", .path = path, .about = order, .body = body },
		&reply);
	snprintf(back->id, sizeof(back->id), "%s", reply_text(&reply, "id"));
	snprintf(back->path, sizeof(back->path), "/v1/returns/%s", back->id);
	reply_done(&reply);
	return taken;
}

/* --- deciding and counting ----------------------------------------------------------------------- */

/* False: it ends here. */
static bool approve(const struct back *back)
{
	bool advance = back->exchange && client_random(back->client, 3) == 0;
	uint64_t choice = client_random(back->client, 20);

	if (choice == 0)
		return false; /* nobody looks at it */
	if (choice < 3) {
		step_only(back, "decline", "decline", json_pack("{s:s}", "resolution", "Too old."));
		return false;
	}
	if (!step_only(back, "approve", "approve", json_pack("{s:b}", "advance", advance)))
		return false;
	if (choice < 5) {
		step_only(back, "cancel_return", "cancel", NULL);
		return false;
	}
	return choice < 19; /* else the parcel is lost */
}

/* Each line by what was counted: mostly all, a few less, and some of it broken. */
static json_t *counted(const struct back *back)
{
	json_t *lines = json_array(), *line;
	size_t i;

	json_array_foreach (back->lines, i, line) {
		json_int_t came = json_integer_value(json_object_get(line, "quantity"));
		json_int_t good;

		if (client_random(back->client, 8) == 0)
			came = (json_int_t)client_random(back->client, (uint64_t)came + 1);
		good = client_random(back->client, 4)
			       ? came
			       : (json_int_t)client_random(back->client, (uint64_t)came + 1);
		json_array_append_new(lines, json_pack("{s:O, s:I, s:I}", "line",
						       json_object_get(line, "line"), "quantity",
						       came, "resellable", good));
	}
	return json_pack("{s:o}", "lines", lines);
}

/* When less came than was announced the replacements are too dear: then for the money. */
static bool receive(struct back *back)
{
	json_t *body = counted(back);
	struct reply reply = { 0 };
	bool taken = step(back, "receive", "receive", json_incref(body), &reply);

	if (!taken && strcmp(reply_text(&reply, "code"), "return_exchange_dearer") == 0) {
		back->exchange = false;
		json_object_set_new(body, "exchange", json_false());
		taken = step_only(back, "receive", "receive", json_incref(body));
	}
	if (taken)
		perhaps_again(back, "receive", "receive", body);
	reply_done(&reply);
	json_decref(body);
	return taken;
}

/* --- what the customer gets ---------------------------------------------------------------------- */

static bool is_exchanged(const json_t *back)
{
	return strcmp(text_of(back, "exchange_status"), "pending") != 0;
}

/* The replacements take the way of any order; few come back as well. */
static void send_replacements(const struct back *back)
{
	struct reply reply = { 0 }, order = { 0 };
	char path[128];

	if (staff_wait(back->client, back->path, is_exchanged, 30, &reply) &&
	    strcmp(reply_text(&reply, "exchange_status"), "confirmed") == 0) {
		snprintf(path, sizeof(path), "/v1/orders/%s", reply_text(&reply, "exchange_order"));
		staff_get(back->client, path, &order);
		json_object_set(order.body, "token", json_object_get(back->order, "token"));
		if (order.status == 200 && client_random(back->client, 8) &&
		    merchant_ship(back->client, order.body, true) &&
		    client_random(back->client, 5) == 0)
			take_back(back->client, order.body);
	}
	reply_done(&order);
	reply_done(&reply);
}

static bool is_possible(const json_t *preview)
{
	return json_is_true(json_object_get(preview, "possible")) ||
	       strcmp(text_of(preview, "reason"), "return_nothing_to_refund") == 0;
}

/* The refund has ended, or waits for somebody who says that its money was sent. */
static bool is_paid_back(const json_t *back)
{
	const char *status = text_of(json_object_get(back, "refund"), "status");

	return strcmp(status, "asked") != 0 && strcmp(status, "pending") != 0;
}

static bool is_asked_of_paymentd(const json_t *back)
{
	return strcmp(text_of(json_object_get(back, "refund"), "status"), "asked") != 0;
}

static void follow_refund(const struct back *back)
{
	struct reply reply = { 0 };
	const json_t *refund;

	if (is_manual(back->order) &&
	    staff_wait(back->client, back->path, is_asked_of_paymentd, 20, &reply) &&
	    client_random(back->client, 6))
		send_refund(back->client, text_of(json_object_get(reply.body, "refund"), "id"),
			    text_of(back->order, "id"));
	reply_done(&reply);
	if (staff_wait(back->client, back->path, is_paid_back, 20, &reply)) {
		refund = json_object_get(reply.body, "refund");
		history_write(back->client, "ok", "return_outcome", back->id,
			      json_pack("{s:s, s:s, s:s, s:I}", "about", back->id, "id",
					text_of(refund, "id"), "status", text_of(refund, "status"),
					"amount", amount_of(refund, "amount")));
		stat_count("returns paid back or not", 1);
	}
	reply_done(&reply);
}

/* For what the preview says, or what the shop computes then; with a fee now and then. */
static void give_back(const struct back *back)
{
	struct reply preview = { 0 };
	char path[128];
	json_t *body;

	snprintf(path, sizeof(path), "%s/refund-preview", back->path);
	if (!staff_wait(back->client, path, is_possible, 10, &preview) ||
	    !json_is_true(json_object_get(preview.body, "possible"))) {
		reply_done(&preview);
		return;
	}
	body = json_object();
	if (client_random(back->client, 2))
		json_object_set_new(body, "amount",
				    json_integer(amount_of(preview.body, "amount")));
	else if (client_random(back->client, 2))
		json_object_set_new(body, "fee", json_integer(1));
	reply_done(&preview);
	if (step_only(back, "return_refund", "refund", json_incref(body))) {
		perhaps_again(back, "return_refund", "refund", body);
		follow_refund(back);
	}
	json_decref(body);
}

void take_back(struct client *client, const json_t *order)
{
	struct back back = { .client = client,
			     .order = order,
			     .lines = wanted_lines(client, order),
			     .exchange = client_random(client, 4) == 0 };

	if (ask(&back) && !stopping() && approve(&back) && !stopping() && receive(&back)) {
		if (back.exchange && !stopping())
			send_replacements(&back);
		if (client_random(client, 10) && !stopping())
			give_back(&back);
	}
	json_decref(back.lines);
}
