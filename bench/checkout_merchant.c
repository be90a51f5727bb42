/* Merchants: they ship confirmed orders whole or in parts, cancel some, and give money back. */
#include "bench/checkout.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ORDERS_MAX 65536

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static json_t *orders[ORDERS_MAX];
static size_t first, count;
static bool finished;

void merchant_offer(json_t *order)
{
	pthread_mutex_lock(&lock);
	if (settings.merchants && count < ORDERS_MAX) {
		orders[(first + count++) % ORDERS_MAX] = order;
		order = NULL;
		pthread_cond_signal(&changed);
	}
	pthread_mutex_unlock(&lock);
	json_decref(order);
}

void merchant_finish(void)
{
	pthread_mutex_lock(&lock);
	finished = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

/* NULL: there will be none any more. */
static json_t *take_order(void)
{
	json_t *order = NULL;

	pthread_mutex_lock(&lock);
	while (!count && !finished)
		pthread_cond_wait(&changed, &lock);
	if (count) {
		order = orders[first];
		first = (first + 1) % ORDERS_MAX;
		count--;
	}
	pthread_mutex_unlock(&lock);
	return order;
}

/* The lines of an order in the form of a request: all of them, or one piece of the first. */
static json_t *some_lines(const json_t *order, bool all)
{
	json_t *lines = json_array(), *line;
	size_t i;

	json_array_foreach (json_object_get(order, "lines"), i, line) {
		json_t *quantity = all ? json_incref(json_object_get(line, "quantity"))
				       : json_integer(1);

		json_array_append_new(lines,
				      json_pack("{s:O, s:o}", "line", json_object_get(line, "line"),
						"quantity", quantity));
		if (!all)
			break;
	}
	return lines;
}

static bool ship(struct client *client, const char *id, const json_t *order, bool all,
		 struct reply *reply)
{
	char path[128];

	snprintf(path, sizeof(path), "/v1/orders/%s/shipments", id);
	return staff_act(
		client,
		&(struct act){ .op = "ship",
			       .path = path,
			       .about = id,
			       .body = json_pack("{s:o, s:s, s:s}", "lines", some_lines(order, all),
						 "carrier", "DHL", "tracking", "JD0146") },
		reply);
}

static bool is_sent(const json_t *shipment)
{
	return strcmp(text_of(shipment, "status"), "pending") != 0;
}

/* Who delivers takes the cash. */
bool merchant_ship(struct client *client, const json_t *order, bool all)
{
	const char *id = text_of(order, "id");
	struct reply reply = { 0 };
	char path[192];
	bool sent = ship(client, id, order, all, &reply);

	snprintf(path, sizeof(path), "/v1/orders/%s/shipments/%s", id, reply_text(&reply, "id"));
	reply_done(&reply);
	if (!sent || !(settings.after_sale || is_manual(order)))
		return sent;
	sent = staff_wait(client, path, is_sent, 20, &reply) &&
	       strcmp(reply_text(&reply, "status"), "shipped") == 0;
	if (sent)
		take_cash(client, order, amount_of(reply.body, "amount"));
	reply_done(&reply);
	return sent;
}

static bool cancel(struct client *client, const char *id, const json_t *order, bool all)
{
	char path[128];
	json_t *body = json_pack("{s:s, s:b}", "reason", "customer", "restock", 1);

	if (!all)
		json_object_set_new(body, "lines", some_lines(order, false));
	snprintf(path, sizeof(path), "/v1/orders/%s/cancellations", id);
	return staff_do(client,
			&(struct act){ .op = "cancel", .path = path, .about = id, .body = body });
}

static void refund(struct client *client, const char *id, const json_t *order, long percent)
{
	json_int_t amount = amount_of(order, "total") * percent / 100;
	struct reply reply = { 0 };

	if (staff_act(client,
		      &(struct act){ .op = "refund",
				     .path = "/v1/refunds",
				     .about = id,
				     .body = json_pack("{s:s, s:I, s:s}", "order", id, "amount",
						       amount ? amount : 1, "reason", "chaos") },
		      &reply) &&
	    is_manual(order) && client_random(client, 6))
		send_refund(client, reply_text(&reply, "id"), id);
	reply_done(&reply);
}

/* Money comes back only after it was captured: the merchant tries for a while. */
static void ship_and_refund(struct client *client, const char *id, const json_t *order)
{
	if (!merchant_ship(client, order, true))
		return;
	pause_ms(300 + (long)client_random(client, 700));
	refund(client, id, order, 10 + (long)client_random(client, 60));
	if (client_random(client, 2))
		refund(client, id, order, 10 + (long)client_random(client, 60));
}

static void ship_or_cancel(struct client *client, const char *id, const json_t *order)
{
	uint64_t choice = client_random(client, 100);

	if (choice < 15) /* left as it is */
		return;
	if (choice < 50) {
		merchant_ship(client, order, true);
	} else if (choice < 60) {
		merchant_ship(client, order, false);
	} else if (choice < 68) {
		merchant_ship(client, order, false);
		cancel(client, id, order, true);
	} else if (choice < 80) {
		cancel(client, id, order, true);
	} else if (choice < 86) {
		cancel(client, id, order, false);
	} else {
		ship_and_refund(client, id, order);
	}
}

void merchant_look_after(struct client *client, const json_t *order)
{
	if ((long)client_random(client, 100) >= settings.after_sale)
		ship_or_cancel(client, text_of(order, "id"), order);
	else if (merchant_ship(client, order, true) && !stopping())
		take_back(client, order);
}

/* An order of the queue; and drafts, by which the same people make others. */
static void look_at(struct client *client, const json_t *order)
{
	if (!waits_for_transfer(order) || take_transfer(client, order))
		merchant_look_after(client, order);
	if (!stopping() && (long)client_random(client, 100) < settings.drafts)
		make_draft(client);
}

void *merchant_run(void *arg)
{
	struct client *client = arg;
	json_t *order;

	while ((order = take_order())) {
		client->until = now() + (double)settings.patience;
		if (now() < client->begin_until && !stopping())
			look_at(client, order);
		json_decref(order);
	}
	return NULL;
}
