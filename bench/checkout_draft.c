/* Drafts: staff write an order at prices of their own, and place it. */
#include "bench/checkout.h"

#include <string.h>

/* One line or two, of different products, a few with something taken off. */
static json_t *draft_lines(struct client *client)
{
	json_t *lines = json_array();
	char sku[64], other[64] = "";

	for (uint64_t i = client_random(client, 2); i < 2; i++) {
		json_int_t price = 500 + (json_int_t)client_random(client, 2000);
		json_t *line;

		any_sku(client, sku);
		if (strcmp(sku, other) == 0)
			break;
		memcpy(other, sku, sizeof(other));
		line = json_pack("{s:s, s:I}", "sku", sku, "quantity",
				 (json_int_t)(1 + client_random(client, 3)));
		if (client_random(client, 2))
			json_object_set_new(
				line, "price",
				json_pack("{s:I, s:s}", "amount", price, "currency", "EUR"));
		if (client_random(client, 4) == 0)
			json_object_set_new(
				line, "discount",
				json_pack("{s:i, s:s}", "amount", 99, "currency", "EUR"));
		json_array_append_new(lines, line);
	}
	return lines;
}

static bool write_draft(struct client *client, const char *token, struct reply *reply)
{
	json_t *body = json_pack("{s:s, s:o, s:o, s:s, s:s}", "email", "draft@example.com", "lines",
				 draft_lines(client), "shipping_address", any_address(),
				 "shipping_method", settings.method, "payment_token", token);

	return staff_act(
		client,
		&(struct act){
			.op = "draft", .path = "/v1/order-drafts", .about = "", .body = body },
		reply);
}

static bool place_draft(struct client *client, const json_t *draft, struct reply *reply)
{
	char path[128];

	snprintf(path, sizeof(path), "/v1/order-drafts/%s/place", text_of(draft, "id"));
	return staff_act(client,
			 &(struct act){ .op = "place_draft",
					.path = path,
					.about = text_of(draft, "id"),
					.body = json_pack("{s:O}", "total",
							  json_object_get(draft, "total")) },
			 reply);
}

/* Nothing more happens by itself: decided, or the customer's turn. */
static bool is_at_rest(const json_t *order)
{
	return strcmp(text_of(order, "status"), "pending") != 0 || waits_for_transfer(order);
}

static void follow_draft(struct client *client, const char *id, const char *token)
{
	struct reply reply = { 0 };
	char path[128];
	const char *status;

	snprintf(path, sizeof(path), "/v1/orders/%s", id);
	staff_wait(client, path, is_at_rest, 30, &reply);
	status = reply_text(&reply, "status");
	if (reply.status == 200) {
		/* No client sent the order itself: its id is the key. */
		staff_note(client, id, reply.body);
		json_object_set_new(reply.body, "key", json_string(id));
		json_object_set_new(reply.body, "token", json_string(token));
		if (strcmp(status, "confirmed") == 0 ||
		    (waits_for_transfer(reply.body) && take_transfer(client, reply.body)))
			merchant_look_after(client, reply.body);
	}
	reply_done(&reply);
}

void make_draft(struct client *client)
{
	const char *token = any_token(client);
	struct reply draft = { 0 }, order = { 0 };

	if (write_draft(client, token, &draft) && place_draft(client, draft.body, &order)) {
		char id[64];

		snprintf(id, sizeof(id), "%s", reply_text(&order, "id"));
		reply_done(&order);
		/* Two people place the same draft: one order. */
		if (client_random(client, 5) == 0)
			place_draft(client, draft.body, &order);
		follow_draft(client, id, token);
	}
	reply_done(&order);
	reply_done(&draft);
}
