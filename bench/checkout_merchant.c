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

/* A write with a key, written down. True when the shop took it. */
static bool act(struct client *client, const char *op, const char *path, json_t *body,
		const char *order)
{
	struct reply reply = { 0 };
	char key[37];
	long attempts = 0;
	bool taken;

	client_key(client, key);
	history_write(client, "invoke", op, key,
		      json_pack("{s:s, s:O}", "order", order, "body", body));
	for (int i = 0; i < 2; i++) {
		read_admin_token(client->guest, sizeof(client->guest));
		client_insist(client,
			      &(struct call){ .method = "POST",
					      .base = settings.admin,
					      .path = path,
					      .token = client->guest,
					      .key = key,
					      .body = body },
			      &reply, &attempts);
		if (reply.status != 401)
			break;
		reply_done(&reply);
	}
	taken = reply.status / 100 == 2;
	history_write(client,
		      reply.status == 0 ? "info"
		      : taken           ? "ok"
					: "fail",
		      op, key,
		      json_pack("{s:s, s:s, s:I, s:s, s:I}", "order", order, "id",
				taken ? reply_text(&reply, "id") : "", "http",
				(json_int_t)reply.status, "code", reply_text(&reply, "code"),
				"attempts", (json_int_t)attempts));
	stat_count(op, 1);
	if (!taken) {
		char name[96];

		snprintf(name, sizeof(name), "%s refused %ld %.40s", op, reply.status,
			 reply_text(&reply, "code"));
		stat_count(name, 1);
	}
	reply_done(&reply);
	json_decref(body);
	return taken;
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

static bool ship(struct client *client, const char *id, const json_t *order, bool all)
{
	char path[128];

	snprintf(path, sizeof(path), "/v1/orders/%s/shipments", id);
	return act(client, "ship", path,
		   json_pack("{s:o, s:s, s:s}", "lines", some_lines(order, all), "carrier", "DHL",
			     "tracking", "JD0146"),
		   id);
}

static bool cancel(struct client *client, const char *id, const json_t *order, bool all)
{
	char path[128];
	json_t *body = json_pack("{s:s, s:b}", "reason", "customer", "restock", 1);

	if (!all)
		json_object_set_new(body, "lines", some_lines(order, false));
	snprintf(path, sizeof(path), "/v1/orders/%s/cancellations", id);
	return act(client, "cancel", path, body, id);
}

static void refund(struct client *client, const char *id, const json_t *order, long percent)
{
	json_int_t amount =
		json_integer_value(json_object_get(json_object_get(order, "total"), "amount"));

	amount = amount * percent / 100;
	act(client, "refund", "/v1/refunds",
	    json_pack("{s:s, s:I, s:s}", "order", id, "amount", amount ? amount : 1, "reason",
		      "chaos"),
	    id);
}

/* Money comes back only after it was captured: the merchant tries for a while. */
static void ship_and_refund(struct client *client, const char *id, const json_t *order)
{
	if (!ship(client, id, order, true))
		return;
	pause_ms(300 + (long)client_random(client, 700));
	refund(client, id, order, 10 + (long)client_random(client, 60));
	if (client_random(client, 2))
		refund(client, id, order, 10 + (long)client_random(client, 60));
}

static void look_after(struct client *client, const json_t *order)
{
	const char *id = json_string_value(json_object_get(order, "id"));
	uint64_t choice = client_random(client, 100);

	if (!id || choice < 15) /* left as it is */
		return;
	if (choice < 50) {
		ship(client, id, order, true);
	} else if (choice < 60) {
		ship(client, id, order, false);
	} else if (choice < 68) {
		ship(client, id, order, false);
		cancel(client, id, order, true);
	} else if (choice < 80) {
		cancel(client, id, order, true);
	} else if (choice < 86) {
		cancel(client, id, order, false);
	} else {
		ship_and_refund(client, id, order);
	}
}

void *merchant_run(void *arg)
{
	struct client *client = arg;
	json_t *order;

	while ((order = take_order())) {
		client->until = now() + (double)settings.patience;
		if (now() < client->begin_until && !stopping())
			look_after(client, order);
		json_decref(order);
	}
	return NULL;
}
