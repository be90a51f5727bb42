/* promo explain: reads a cart as staff, and asks what each promotion makes of it. */
#include <stdlib.h>

#include "ecomctl/commands/cart.h"
#include "ecomctl/commands/promo.h"
#include "lib/base/json.h"

const struct flag promo_explain_flags[] = {
	{ "coupon", 0, FLAG_TEXT, "CODE", "besides those of the cart", .repeat = true },
	{ "email", 0, FLAG_TEXT, "ADDRESS", "of who would order" },
	{ "country", 0, FLAG_TEXT, "CODE", "where it would go, such as DE" },
	{ "shipping-method", 0, FLAG_TEXT, "CODE", "how it would be sent" },
	{ 0 },
};

const struct column promo_explain_columns[] = {
	{ "promotion", COLUMN_TEXT, 0 },
	{ "coupon", COLUMN_TEXT, 0 },
	{ "applies", COLUMN_BOOL, 0 },
	{ "amount", COLUMN_MONEY, 0 },
	{ "reason", COLUMN_TEXT, 0 },
	{ "text", COLUMN_TEXT, 1 },
	{ "name", COLUMN_TEXT, .detail = true },
	{ "kind", COLUMN_TEXT, .detail = true },
	{ "detail", COLUMN_OBJECT, .detail = true },
	{ "lines", COLUMN_OBJECT, .detail = true },
	{ 0 },
};

static const struct column line_columns[] = {
	{ "line", COLUMN_NUMBER, 0 },     { "sku", COLUMN_TEXT, 0 },
	{ "quantity", COLUMN_NUMBER, 0 }, { "price", COLUMN_MONEY, 0 },
	{ "discount", COLUMN_MONEY, 0 },  { 0 },
};

/* Those of the cart and those that are given. */
static json_t *coupons_of(struct cli *cli, const json_t *cart)
{
	json_t *coupons = json_array();
	const char *code;

	json_array_extend(coupons, json_object_get(cart, "coupons"));
	for (size_t i = 0; (code = cli_value(cli, "coupon", i)); i++)
		json_array_append_new(coupons, json_string(code));
	return coupons;
}

static json_t *ask(struct cli *cli, const json_t *cart)
{
	json_t *lines scoped(scoped_json) = cart_order_lines(cart);
	json_t *coupons scoped(scoped_json) = coupons_of(cli, cart);
	json_t *body scoped(scoped_json) = json_pack(
		"{s:O, s:O, s:O*, s:s*, s:s*, s:s*}", "lines", lines, "coupons", coupons, "owner",
		json_object_get(cart, "owner"), "email", cli_text(cli, "email"), "country",
		cli_text(cli, "country"), "shipping_method", cli_text(cli, "shipping-method"));

	if (!json_array_size(lines)) {
		cli_fail(cli, EXIT_INVALID, "ecomctl cart add CART SKU", "the cart is empty");
		return NULL;
	}
	if (!body) {
		cli_fail(cli, EXIT_USAGE, NULL, "what was given is not valid UTF-8");
		return NULL;
	}
	return cli_call(cli, &(struct api_request){ .method = "POST",
						    .path = "/v1/promotion-explanations",
						    .body = body });
}

/* For people what comes of all of them, line by line, below the rules. */
static void show_lines(struct cli *cli, const json_t *lines)
{
	struct output *output = cli_output(cli);
	const json_t *line;
	size_t i;

	if (!cli_is_table(cli) || cli_quiet(cli))
		return;
	output_raw(output, "\n", 1);
	output_begin(output, OUTPUT_LIST, line_columns, "sku");
	json_array_foreach (lines, i, line)
		output_record(output, line);
	output_end(output);
}

enum exit_code promo_explain(struct cli *cli)
{
	json_t *cart scoped(scoped_json) = cart_fetch(cli);
	json_t *answer scoped(scoped_json) = cart ? ask(cli, cart) : NULL;

	if (!answer)
		return cli_exit(cli);
	cli_emit_list(cli, json_object_get(answer, "data"));
	show_lines(cli, json_object_get(answer, "lines"));
	return cli_exit(cli);
}
