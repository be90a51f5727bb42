/* A buyer: guest, cart, order, and the questions until the order is decided. */
#include "bench/checkout.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define CARTS_MAX 4096 /* of one client that makes its carts first */

static atomic_long begun;
static pthread_barrier_t *ready;

void buyers_meet_at(pthread_barrier_t *barrier)
{
	ready = barrier;
}

/* True when this client may begin one more checkout. */
static bool take_turn(struct client *client)
{
	if (stopping() || now() > client->begin_until)
		return false;
	client->until = now() + (double)settings.patience;
	return settings.count == 0 || atomic_fetch_add(&begun, 1) < settings.count;
}

static bool become_guest(struct client *client)
{
	struct reply reply;
	char key[37];

	client_key(client, key);
	snprintf(client->email, sizeof(client->email), "guest-%.8s@example.com", key);
	client_insist(
		client,
		&(struct call){ .method = "POST", .base = settings.shop, .path = "/v1/guests" },
		&reply, NULL);
	snprintf(client->guest, sizeof(client->guest), "%s", reply_text(&reply, "access_token"));
	reply_done(&reply);
	if (!client->guest[0])
		stat_count("no_guest", 1);
	return client->guest[0];
}

/* --- the order ----------------------------------------------------------------------------------- */

static void post_order(struct client *client, const struct cart *cart, const char *key,
		       struct reply *reply, long *attempts)
{
	struct call call = { .method = "POST",
			     .base = settings.shop,
			     .path = "/v1/orders",
			     .token = cart->token,
			     .key = key,
			     .body = cart->order,
			     .wait = settings.wait };

	client_repeat(client, &call, reply, attempts);
}

/* 3-D-Secure: most buyers pass it, some fail it, some close the window. The sandbox's challenge is
 * taken on the admin API. */
static void take_challenge(struct client *client, const json_t *action)
{
	const char *reference = json_string_value(json_object_get(action, "reference"));
	uint64_t choice = client_random(client, 10);
	struct reply reply;
	char path[256];
	char token[4096];
	json_t *body;

	if (!reference || !settings.admin || choice == 9)
		return;
	read_admin_token(token, sizeof(token));
	snprintf(path, sizeof(path), "/v1/sandbox/challenges/%s", reference);
	body = json_pack("{s:s}", "outcome", choice < 7 ? "success" : "failure");
	client_insist(client,
		      &(struct call){ .method = "POST",
				      .base = settings.admin,
				      .path = path,
				      .token = token,
				      .body = body },
		      &reply, NULL);
	json_decref(body);
	stat_count(reply.status == 200 ? "challenges" : "challenges refused", 1);
	reply_done(&reply);
}

/* Asks until it is no longer pending, or the money is to be sent; the reply is the last answer. */
static void follow(struct client *client, const struct cart *cart, const char *path,
		   struct reply *reply)
{
	bool challenged = false;
	long pause = 20;

	while (strcmp(reply_text(reply, "status"), "pending") == 0 && now() < client->until &&
	       !waits_for_transfer(reply->body)) {
		const json_t *action = json_object_get(reply->body, "next_action");

		if (json_is_object(action) && !challenged) {
			challenged = true;
			take_challenge(client, action);
		}
		reply_done(reply);
		pause_ms(pause);
		pause = pause * 2 < 500 ? pause * 2 : 500;
		client_insist(client,
			      &(struct call){ .method = "GET",
					      .base = settings.shop,
					      .path = path,
					      .token = cart->token },
			      reply, NULL);
	}
}

static void note_answer(struct client *client, const char *op, const char *key,
			const struct reply *reply, long attempts)
{
	const char *type = reply->status == 0 ? "info" : reply->status / 100 == 2 ? "ok" : "fail";
	bool is_order = reply->status / 100 == 2;
	/* A rejected order is answered as a problem that names it. */
	const char *order = reply_text(reply, is_order ? "id" : "order");

	history_write(client, type, op, key,
		      json_pack("{s:I, s:I, s:b, s:s, s:s, s:s, s:s, s:O?}", "http",
				(json_int_t)reply->status, "attempts", (json_int_t)attempts,
				"replayed", reply->replayed, "order", order, "status",
				is_order ? reply_text(reply, "status")
				: *order ? "rejected"
					 : "",
				"code",
				is_order ? reply_text(reply, "reason") : reply_text(reply, "code"),
				"location", reply->location, "total",
				json_object_get(reply->body, "total")));
}

/* A name of its own for each outcome in the figures. */
static void count_outcome(const struct reply *reply)
{
	const char *status = reply_text(reply, "status");
	char name[96];

	if (reply->status / 100 != 2)
		snprintf(name, sizeof(name), "refused %ld %.60s", reply->status,
			 reply_text(reply, "code"));
	else if (strcmp(status, "rejected") == 0)
		snprintf(name, sizeof(name), "rejected %.60s", reply_text(reply, "reason"));
	else
		snprintf(name, sizeof(name), "%.60s",
			 waits_for_transfer(reply->body) ? "to be transferred" : status);
	stat_count(name, 1);
}

static void offer(const struct cart *cart, const char *key, json_t *order)
{
	json_object_set_new(order, "key", json_string(key));
	json_object_set(order, "token", json_object_get(cart->order, "payment_token"));
	merchant_offer(json_incref(order));
}

static void place(struct client *client, struct cart *cart, double started)
{
	struct reply reply;
	double placed = now();
	char key[37], path[300];
	long attempts = 0;
	bool pending;

	client_key(client, key);
	history_write(client, "invoke", "order", key, json_incref(cart->order));
	post_order(client, cart, key, &reply, &attempts);
	note_answer(client, "order", key, &reply, attempts);
	if (reply.status / 100 == 2) {
		pending = strcmp(reply_text(&reply, "status"), "pending") == 0;
		snprintf(path, sizeof(path), "/v1/orders/%s", reply_text(&reply, "id"));
		follow(client, cart, path, &reply);
		if (pending)
			note_answer(client, "outcome", key, &reply, 0);
	}
	if (reply.status / 100 == 2 && strcmp(reply_text(&reply, "status"), "confirmed") == 0) {
		stat_time(TIME_PLACE, now() - placed);
		stat_time(TIME_CHECKOUT, now() - started);
		offer(cart, key, reply.body);
	} else if (reply.status / 100 == 2 && waits_for_transfer(reply.body)) {
		offer(cart, key, reply.body);
	}
	count_outcome(&reply);
	reply_done(&reply);
}

/* --- what one client does ------------------------------------------------------------------------ */

static void forget_cart(struct cart *cart)
{
	json_decref(cart->order);
	*cart = (struct cart){ 0 };
}

static bool guest_in_turn(struct client *client, long turn)
{
	return turn % settings.guest_every != 0 || become_guest(client);
}

static void run_checkouts(struct client *client)
{
	struct cart cart = { 0 };

	for (long turn = 0; take_turn(client);) {
		double started = now();

		if (guest_in_turn(client, turn) && make_cart(client, &cart) &&
		    fill_cart(client, &cart)) {
			place(client, &cart, started);
			turn++;
		} else {
			pause_ms(100);
			turn = 0;
		}
		forget_cart(&cart);
	}
}

static void run_places(struct client *client)
{
	struct cart *carts = calloc(CARTS_MAX, sizeof(*carts));
	long share = settings.count / settings.clients +
		     (client->number < settings.count % settings.clients),
	     made = 0;

	if (!carts || share > CARTS_MAX)
		abort();
	while (made < share && !stopping()) {
		client->until = now() + (double)settings.patience;
		if (!guest_in_turn(client, made))
			break;
		if (make_cart(client, &carts[made]) && fill_cart(client, &carts[made]))
			made++;
	}
	pthread_barrier_wait(ready);
	pthread_barrier_wait(ready); /* the clock is set between the two */
	for (long i = 0; i < made; i++) {
		client->until = now() + (double)settings.patience;
		place(client, &carts[i], now());
		forget_cart(&carts[i]);
	}
	free(carts);
}

void *buyer_run(void *arg)
{
	static void (*const runs[])(struct client * client) = {
		[CHECKOUT] = run_checkouts,
		[PLACE] = run_places,
	};

	runs[settings.mode](arg);
	return NULL;
}
