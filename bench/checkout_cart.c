/* What a buyer wants: a cart with lines, a coupon perhaps, and the total that is agreed to. */
#include "bench/checkout.h"

#include <stdlib.h>
#include <string.h>

bool make_cart(struct client *client, struct cart *cart)
{
	json_t *body = json_pack("{s:s}", "currency", "EUR");
	struct reply reply;
	char key[37];

	client_key(client, key);
	client_insist(client,
		      &(struct call){ .method = "POST",
				      .base = settings.shop,
				      .path = "/v1/carts",
				      .token = client->guest,
				      .key = key,
				      .body = body },
		      &reply, NULL);
	json_decref(body);
	snprintf(cart->id, sizeof(cart->id), "%s", reply_text(&reply, "id"));
	memcpy(cart->token, client->guest, sizeof(cart->token));
	if (!cart->id[0])
		stat_count("no_cart", 1);
	reply_done(&reply);
	return cart->id[0];
}

static bool add_line(struct client *client, const struct cart *cart, const char *sku, long quantity,
		     struct reply *reply)
{
	json_t *body = json_pack("{s:s, s:I}", "sku", sku, "quantity", (json_int_t)quantity);
	bool added;
	char path[128], key[37];

	client_key(client, key);
	snprintf(path, sizeof(path), "/v1/carts/%s/lines", cart->id);
	client_insist(client,
		      &(struct call){ .method = "POST",
				      .base = settings.shop,
				      .path = path,
				      .token = cart->token,
				      .key = key,
				      .body = body },
		      reply, NULL);
	json_decref(body);
	added = reply->status / 100 == 2;
	if (!added)
		stat_count("lines_refused", 1);
	return added;
}

void any_sku(struct client *client, char sku[64])
{
	snprintf(sku, 64, "%s%lu", settings.sku,
		 (unsigned long)client_random(client, (uint64_t)settings.sku_count) + 1);
}

const char *any_token(struct client *client)
{
	long at = (long)client_random(client, (uint64_t)settings.token_weight), i = 0;

	while (at >= settings.tokens[i].weight)
		at -= settings.tokens[i++].weight;
	return settings.tokens[i].name;
}

json_t *any_address(void)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s}", "name", "Ada Lovelace", "line1",
			 "12 St James's Square", "city", "London", "postal_code", "10115",
			 "country", settings.country);
}

/* The lines as the cart shows them. */
static json_t *lines_of(const json_t *cart)
{
	json_t *lines = json_array(), *line;
	size_t i;

	json_array_foreach (json_object_get(cart, "lines"), i, line) {
		json_array_append_new(lines, json_pack("{s:O, s:O, s:O}", "sku",
						       json_object_get(line, "sku"), "quantity",
						       json_object_get(line, "quantity"), "price",
						       json_object_get(line, "price")));
	}
	return lines;
}

/* What the shop says it will cost: the buyer agrees to that. */
static json_t *preview(struct client *client, const struct cart *cart, const json_t *order)
{
	json_t *body = json_pack(
		"{s:O, s:O, s:O, s:O, s:O*}", "lines", json_object_get(order, "lines"),
		"shipping_method", json_object_get(order, "shipping_method"), "shipping_address",
		json_object_get(order, "shipping_address"), "email",
		json_object_get(order, "email"), "coupons", json_object_get(order, "coupons"));
	struct reply reply;

	client_insist(client,
		      &(struct call){ .method = "POST",
				      .base = settings.shop,
				      .path = "/v1/order-previews",
				      .token = cart->token,
				      .body = body },
		      &reply, NULL);
	json_decref(body);
	return reply.body;
}

/* A share of the buyers has the coupon. Who is told that it does not apply orders without it, but for
 * some who try. */
static void give_coupon(struct client *client, json_t *order)
{
	if (!settings.coupon ||
	    (settings.coupon_share && (long)client_random(client, 100) >= settings.coupon_share))
		return;
	json_object_set_new(order, "coupons", json_pack("[s]", settings.coupon));
}

static void heed_coupon(struct client *client, json_t *order, const json_t *shown)
{
	const json_t *first = json_array_get(json_object_get(shown, "coupons"), 0);

	if (!settings.coupon_share || !json_is_false(json_object_get(first, "applies")))
		return;
	stat_count("coupons refused", 1);
	if (client_random(client, 5))
		json_object_del(order, "coupons");
}

static bool agree(struct client *client, const struct cart *cart, json_t *order)
{
	json_t *shown = preview(client, cart, order);
	json_t *total = json_incref(json_object_get(shown, "total"));

	heed_coupon(client, order, shown);
	json_decref(shown);
	if (!total) {
		stat_count("no_total", 1);
		return false;
	}
	json_object_set_new(order, "total", total);
	return true;
}

bool fill_cart(struct client *client, struct cart *cart)
{
	long lines = 1 + (long)client_random(client, (uint64_t)settings.lines);
	struct reply reply = { 0 };
	bool filled = false;
	char sku[64];

	for (long i = 0; i < lines; i++) {
		long quantity = 1 + (long)client_random(client, (uint64_t)settings.quantity);

		any_sku(client, sku);
		reply_done(&reply);
		filled = add_line(client, cart, sku, quantity, &reply) || filled;
	}
	if (!filled || reply.status / 100 != 2) {
		reply_done(&reply);
		return false;
	}
	cart->order = json_pack("{s:s, s:O, s:o, s:s, s:s, s:o, s:s}", "cart", cart->id,
				"cart_version", json_object_get(reply.body, "version"), "lines",
				lines_of(reply.body), "email", client->email, "shipping_method",
				settings.method, "shipping_address", any_address(), "payment_token",
				any_token(client));
	give_coupon(client, cart->order);
	reply_done(&reply);
	if (!agree(client, cart, cart->order)) {
		json_decref(cart->order);
		cart->order = NULL;
		return false;
	}
	return true;
}
