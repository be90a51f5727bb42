/* cart checkout: reads the cart, asks what it costs, and orders it for that. */
#include <stdio.h>
#include <stdlib.h>

#include "ecomctl/commands/cart.h"
#include "lib/base/json.h"
#include "lib/base/str.h"

#define WAIT_MOST_MS   30000
#define WAIT_MARGIN_MS 10000 /* for the way there and back */
#define PREFER_SIZE    32

const struct flag checkout_flags[] = {
	{ "email", 0, FLAG_TEXT, "ADDRESS", "of who orders" },
	{ "name", 0, FLAG_TEXT, NULL, "of who gets it" },
	{ "company", 0, FLAG_TEXT, NULL, "where it goes" },
	{ "line1", 0, FLAG_TEXT, NULL, "street and number" },
	{ "line2", 0, FLAG_TEXT, NULL, "more of the address" },
	{ "postal-code", 0, FLAG_TEXT, NULL, "of the place" },
	{ "city", 0, FLAG_TEXT, NULL, "the place" },
	{ "region", 0, FLAG_TEXT, NULL, "state or province, for taxes" },
	{ "country", 0, FLAG_TEXT, "CODE", "two letters, such as DE" },
	{ "phone", 0, FLAG_TEXT, NULL, "for the carrier" },
	{ "shipping-method", 0, FLAG_TEXT, "CODE", "how it is sent; the cheapest if not given" },
	{ "locale", 0, FLAG_TEXT, "LOCALE", "of messages about it, such as de" },
	{ "payment-token", 0, FLAG_TEXT, "TOKEN", "of the payment provider, such as tok_success" },
	{ "wait", 0, FLAG_SWITCH, NULL, "wait for the outcome" },
	{ "timeout", 0, FLAG_DURATION, NULL, "with --wait: so long at most; 30s if not given",
	  .min = 1000, .max = WAIT_MOST_MS },
	{ "key", 0, FLAG_TEXT, NULL, "the order is placed once per key" },
	{ 0 },
};

const struct column checkout_columns[] = {
	{ "number", COLUMN_TEXT, 0 },
	{ "status", COLUMN_STATUS, 0 },
	{ "payment", COLUMN_STATUS, 2 },
	{ "total", COLUMN_MONEY, 1 },
	{ "reason", COLUMN_TEXT, 3 },
	{ "id", COLUMN_TEXT, 4 },
	{ "next_action", COLUMN_OBJECT, .detail = true },
	{ "deadline", COLUMN_TIME, .detail = true },
	{ "subtotal", COLUMN_MONEY, .detail = true },
	{ "discount", COLUMN_MONEY, .detail = true },
	{ "discounts", COLUMN_OBJECT, .detail = true },
	{ "shipping", COLUMN_MONEY, .detail = true },
	{ "shipping_discount", COLUMN_MONEY, .detail = true },
	{ "tax", COLUMN_MONEY, .detail = true },
	{ "lines", COLUMN_OBJECT, .detail = true },
	{ "version", COLUMN_NUMBER, .detail = true },
	{ 0 },
};

/* What cannot be left out, besides what the server will say. */
static bool is_complete(struct cli *cli)
{
	static const char *const needed[] = { "email", "name",    "line1",
					      "city",  "country", "payment-token" };

	for (size_t i = 0; i < array_size(needed); i++) {
		if (!cli_has(cli, needed[i])) {
			cli_fail(cli, EXIT_USAGE, "see --help", "--%s is needed", needed[i]);
			return false;
		}
	}
	return true;
}

static json_t *address_of(const struct cli *cli)
{
	static const struct {
		const char *flag, *member;
	} parts[] = {
		{ "name", "name" },     { "company", "company" },         { "line1", "line1" },
		{ "line2", "line2" },   { "postal-code", "postal_code" }, { "city", "city" },
		{ "region", "region" }, { "country", "country" },         { "phone", "phone" },
	};
	json_t *address = json_object();

	for (size_t i = 0; i < array_size(parts); i++) {
		if (cli_has(cli, parts[i].flag))
			json_object_set_new(address, parts[i].member,
					    json_string(cli_text(cli, parts[i].flag)));
	}
	return address;
}

json_t *cart_order_lines(const json_t *cart)
{
	json_t *lines = json_array();
	const json_t *line;
	size_t i;

	json_array_foreach (json_object_get(cart, "lines"), i, line)
		json_array_append_new(lines, json_pack("{s:O, s:O, s:O}", "sku",
						       json_object_get(line, "sku"), "quantity",
						       json_object_get(line, "quantity"), "price",
						       json_object_get(line, "price")));
	return lines;
}

static json_t *preview(struct cli *cli, json_t *lines, json_t *address, json_t *coupons)
{
	json_t *body scoped(scoped_json) =
		json_pack("{s:O, s:O, s:O*, s:s, s:s*}", "lines", lines, "shipping_address",
			  address, "coupons", coupons, "email", cli_text(cli, "email"),
			  "shipping_method", cli_text(cli, "shipping-method"));

	return cli_call(cli, &(struct api_request){
				     .method = "POST",
				     .path = "/v1/order-previews",
				     .body = body,
			     });
}

static json_t *place(struct cli *cli, const json_t *body)
{
	int64_t wait_ms = cli_has(cli, "wait") ? cli_number(cli, "timeout", WAIT_MOST_MS) : 0;
	char prefer[PREFER_SIZE];
	const char *const headers[] = { wait_ms ? prefer : NULL, NULL };

	snprintf(prefer, sizeof(prefer), "Prefer: wait=%lld", (long long)wait_ms / 1000);
	return cli_call(cli, &(struct api_request){
				     .method = "POST",
				     .path = "/v1/orders",
				     .body = body,
				     .key = cli_text(cli, "key"),
				     .headers = headers,
				     .timeout_ms = wait_ms ? wait_ms + WAIT_MARGIN_MS : 0,
			     });
}

static json_t *order(struct cli *cli, json_t *cart)
{
	json_t *lines scoped(scoped_json) = cart_order_lines(cart);
	json_t *address scoped(scoped_json) = address_of(cli);
	json_t *coupons = json_object_get(cart, "coupons");
	json_t *shown scoped(scoped_json) = NULL;
	json_t *body scoped(scoped_json) = NULL;

	if (!json_array_size(lines)) {
		cli_fail(cli, EXIT_INVALID, "ecomctl cart add CART SKU", "the cart is empty");
		return NULL;
	}
	shown = preview(cli, lines, address, coupons);
	if (!shown)
		return NULL;
	body = json_pack("{s:O, s:O, s:O, s:O, s:O, s:s, s:s, s:O, s:s, s:O*, s:s*}", "cart",
			 json_object_get(cart, "id"), "cart_version",
			 json_object_get(cart, "version"), "lines", lines, "total",
			 json_object_get(shown, "total"), "shipping_method",
			 json_object_get(shown, "shipping_method"), "email", cli_text(cli, "email"),
			 "name", cli_text(cli, "name"), "shipping_address", address,
			 "payment_token", cli_text(cli, "payment-token"), "coupons", coupons,
			 "locale", cli_text(cli, "locale"));
	if (!body)
		cli_fail(cli, EXIT_USAGE, NULL,
			 "what was given is not valid UTF-8, or the shop answered no total");
	return body ? place(cli, body) : NULL;
}

enum exit_code cart_checkout(struct cli *cli)
{
	json_t *cart scoped(scoped_json) = is_complete(cli) ? cart_fetch(cli) : NULL;
	json_t *placed scoped(scoped_json) = cart ? order(cli, cart) : NULL;

	if (!placed)
		return cli_exit(cli);
	cli_emit(cli, OUTPUT_ONE, placed);
	if (cli_has(cli, "wait") && str_eq(json_get_string(placed, "status", ""), "pending"))
		return cli_fail(cli, EXIT_PENDING, "ecomctl order get shows it",
				"order %s is not decided yet",
				json_get_string(placed, "number", "?"));
	return cli_exit(cli);
}
