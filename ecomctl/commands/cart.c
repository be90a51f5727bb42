/* cart: list get describe lines create add set remove validate merge checkout delete. */
#include "ecomctl/commands/cart.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ecomctl/commands/commands.h"
#include "ecomctl/commands/resource.h"
#include "lib/base/file.h"
#include "lib/base/json.h"

static const struct resource cart = {
	.collection = "/v1/carts",
	.item = "/v1/carts/{}",
	.key = "id",
	.singular = "cart",
	.plural = "carts",
};

json_t *cart_fetch(struct cli *cli)
{
	char *path scoped(scoped_free) = api_path(cart.item, cli_argument(cli, 0));
	json_t *record = cli_call(cli, &(struct api_request){ .method = "GET", .path = path });

	if (!record && cli_exit(cli) == EXIT_NOT_FOUND)
		cli_fail_restate(cli, "ecomctl cart list", "cart \"%s\" not found",
				 cli_argument(cli, 0));
	return record;
}

enum exit_code cart_change(struct cli *cli, const char *method, const char *path, json_t *body)
{
	json_t *record scoped(scoped_json) = cli_call(
		cli, &(struct api_request){ .method = method, .path = path, .body = body });

	if (record)
		cli_emit(cli, OUTPUT_ONE, record);
	return cli_exit(cli);
}

static enum exit_code create_run(struct cli *cli)
{
	json_t *body scoped(scoped_json) = resource_body(cli);

	if (!json_object_size(body))
		return cli_fail(cli, EXIT_USAGE, "add --currency EUR", "the currency is needed");
	return cli_exit(cli) ? cli_exit(cli) : cart_change(cli, "POST", cart.collection, body);
}

static enum exit_code lines_run(struct cli *cli)
{
	json_t *record scoped(scoped_json) = cart_fetch(cli);

	if (record)
		cli_emit_list(cli, json_object_get(record, "lines"));
	return cli_exit(cli);
}

static enum exit_code add_run(struct cli *cli)
{
	char *path scoped(scoped_free) = api_path("/v1/carts/{}/lines", cli_argument(cli, 0));
	json_t *body scoped(scoped_json) = json_pack("{s:s, s:I}", "sku", cli_argument(cli, 1),
						     "quantity",
						     (json_int_t)cli_number(cli, "quantity", 1));

	if (!body)
		return cli_fail(cli, EXIT_USAGE, NULL, "the SKU is not valid UTF-8");
	return cart_change(cli, "POST", path, body);
}

static char *line_path(const struct cli *cli)
{
	return api_path("/v1/carts/{}/lines/{}", cli_argument(cli, 0), cli_argument(cli, 1));
}

static enum exit_code set_run(struct cli *cli)
{
	char *path scoped(scoped_free) = line_path(cli);
	json_t *body scoped(scoped_json) = resource_body(cli);

	if (!cli_has(cli, "quantity"))
		return cli_fail(cli, EXIT_USAGE, "add --quantity", "the new quantity is needed");
	return cart_change(cli, "PATCH", path, body);
}

static enum exit_code remove_run(struct cli *cli)
{
	char *path scoped(scoped_free) = line_path(cli);

	return cart_change(cli, "DELETE", path, NULL);
}

static enum exit_code coupon_run(struct cli *cli)
{
	const char *action = cli_argument(cli, 0), *code = cli_argument(cli, 2);
	bool add = strcmp(action, "add") == 0;
	char *path scoped(scoped_free) = NULL;
	json_t *body scoped(scoped_json) = NULL;

	if (!add && strcmp(action, "remove") != 0)
		return cli_fail(cli, EXIT_USAGE, "ecomctl cart coupon add CART CODE",
				"\"%s\": what to do is add or remove", action);
	if (!add) {
		path = api_path("/v1/carts/{}/coupons/{}", cli_argument(cli, 1), code);
		return cart_change(cli, "DELETE", path, NULL);
	}
	path = api_path("/v1/carts/{}/coupons", cli_argument(cli, 1));
	body = json_pack("{s:s}", "code", code);
	if (!body)
		return cli_fail(cli, EXIT_USAGE, NULL, "the code is not valid UTF-8");
	return cart_change(cli, "POST", path, body);
}

/* Differences found are exit code 1, unless they were accepted. */
static enum exit_code validate_run(struct cli *cli)
{
	bool accept = cli_has(cli, "accept");
	char *path scoped(scoped_free) = api_path("/v1/carts/{}/validation", cli_argument(cli, 0));
	json_t *body scoped(scoped_json) = json_pack("{s:b}", "accept", accept);
	json_t *answer scoped(scoped_json) = cli_call(
		cli, &(struct api_request){ .method = "POST", .path = path, .body = body });
	const json_t *changes = json_object_get(answer, "changes");

	if (!answer)
		return cli_exit(cli);
	cli_emit_list(cli, changes);
	if (json_array_size(changes) && !accept)
		return cli_fail(cli, EXIT_FAILED, "the same with --accept takes them over",
				"the cart is not as the shop is now");
	return EXIT_OK;
}

static enum exit_code merge_run(struct cli *cli)
{
	const char *file = cli_text(cli, "guest-token");
	char *path scoped(scoped_free) = api_path("/v1/carts/{}/merge", cli_argument(cli, 0));
	json_t *body scoped(scoped_json) = resource_body(cli);
	char *token scoped(scoped_free) = NULL;

	if (!file)
		return cli_fail(cli, EXIT_USAGE, "add --guest-token FILE",
				"the guest's token is needed: it proves whose cart it is");
	token = file_read_line(strcmp(file, "-") == 0 ? "/dev/stdin" : file);
	if (!token)
		return cli_fail(cli, EXIT_FAILED, NULL, "%s: %s", file, strerror(errno));
	if (json_object_set_new(body, "from", json_string(cli_argument(cli, 1))) < 0 ||
	    json_object_set_new(body, "guest_token", json_string(token)) < 0)
		return cli_fail(cli, EXIT_USAGE, NULL, "the cart or token is not valid UTF-8");
	return cart_change(cli, "POST", path, body);
}

static enum exit_code delete_run(struct cli *cli)
{
	char *path scoped(scoped_free) = api_path(cart.item, cli_argument(cli, 0));
	json_t *record scoped(scoped_json) = NULL;
	json_t *nothing scoped(scoped_json) =
		cli_call(cli, &(struct api_request){ .method = "DELETE", .path = path });

	if (!nothing)
		return cli_exit(cli);
	record = json_pack("{s:s, s:s}", "id", cli_argument(cli, 0), "status", "deleted");
	cli_emit(cli, OUTPUT_ONE, record);
	return cli_exit(cli);
}

/* --- the table -------------------------------------------------------------------------------- */

#define QUANTITY_MAX 9999

static const struct column cart_columns[] = {
	{ "id", COLUMN_TEXT, 0 },
	{ "status", COLUMN_STATUS, 1 },
	{ "line_count", COLUMN_NUMBER, 2, "LINES" },
	{ "subtotal", COLUMN_MONEY, 1 },
	{ "coupons", COLUMN_OBJECT, .detail = true },
	{ "version", COLUMN_NUMBER, 3 },
	{ "owner", COLUMN_TEXT, 5 },
	{ "updated_at", COLUMN_TIME, 4, "UPDATED" },
	{ "currency", COLUMN_TEXT, .detail = true },
	{ "lines", COLUMN_OBJECT, .detail = true },
	{ "held", COLUMN_BOOL, .detail = true },
	{ "order", COLUMN_TEXT, .detail = true },
	{ "expires_at", COLUMN_TIME, .detail = true },
	{ "created_at", COLUMN_TIME, .detail = true },
	{ 0 },
};

static const struct column line_columns[] = {
	{ "sku", COLUMN_TEXT, 0 },        { "name", COLUMN_TEXT, 2 },
	{ "quantity", COLUMN_NUMBER, 0 }, { "price", COLUMN_MONEY, 1 },
	{ "total", COLUMN_MONEY, 1 },     { 0 },
};

/* was and now are money where it is a price, else pieces. */
static const struct column change_columns[] = {
	{ "sku", COLUMN_TEXT, 0 },
	{ "kind", COLUMN_TEXT, 0 },
	{ "was", COLUMN_MONEY, 1 },
	{ "now", COLUMN_MONEY, 1 },
	{ 0 },
};

static const struct column gone_columns[] = { { "id", COLUMN_TEXT, 0 },
					      { "status", COLUMN_STATUS, 1 },
					      { 0 } };

static const struct argument one_cart[] = { { "CART", "the cart's id" }, { 0 } };
static const struct argument many_carts[] = { { "CART", "the cart's id", .many = true }, { 0 } };
static const struct argument cart_and_sku[] = { { "CART", "the cart's id" },
						{ "SKU", "the product's number" },
						{ 0 } };
static const struct argument coupon_arguments[] = { { "ACTION", "add or remove" },
						    { "CART", "the cart's id" },
						    { "CODE", "the coupon's code" },
						    { 0 } };
static const struct argument two_carts[] = { { "CART", "the cart that stays" },
					     { "GUEST_CART", "the guest's cart" },
					     { 0 } };

static const char *const statuses[] = { "active", "ordered", "merged", "expired", NULL };
static const char *const strategies[] = { "sum", "keep", "max", NULL };

static const struct flag list_flags[] = {
	{ "owner", 0, FLAG_TEXT, "ID", "of this user or guest", .field = "owner" },
	{ "status", 0, FLAG_CHOICE, NULL, "in this status", .choices = statuses,
	  .field = "status" },
	{ 0 },
};

static const struct flag create_flags[] = {
	{ "currency", 0, FLAG_TEXT, "CODE", "of its prices, such as EUR", .field = "currency" },
	{ 0 },
};

static const struct flag quantity_flags[] = {
	{ "quantity", 'n', FLAG_NUMBER, "N", "pieces", .min = 1, .max = QUANTITY_MAX,
	  .field = "quantity" },
	{ 0 },
};

static const struct flag validate_flags[] = {
	{ "accept", 0, FLAG_SWITCH, NULL, "take over what differs" },
	{ 0 },
};

static const struct flag merge_flags[] = {
	{ "guest-token", 0, FLAG_FILE, NULL, "file with the guest's token; - is standard input" },
	{ "strategy", 0, FLAG_CHOICE, NULL, "for lines that both have", .choices = strategies,
	  .field = "strategy" },
	{ 0 },
};

#define ID "01a2050e-3bd6-7b75-a46c-2a32720f6cc8"

const struct command cart_commands[] = {
	{ "list", "List carts", resource_list, NULL, list_flags, cart_columns, "id",
	  EXAMPLES("ecomctl cart list --status active"), .resource = &cart, .pages = true },
	{ "get", "Show carts in a line each", resource_get, many_carts, NULL, cart_columns, "id",
	  EXAMPLES("ecomctl cart get " ID), .resource = &cart },
	{ "describe", "Show all about a cart", resource_describe, one_cart, NULL, cart_columns,
	  "id", EXAMPLES("ecomctl cart describe " ID), .resource = &cart },
	{ "lines", "Show what is in a cart", lines_run, one_cart, NULL, line_columns, "sku",
	  EXAMPLES("ecomctl cart lines " ID) },
	{ "create", "Make a cart", create_run, NULL, create_flags, cart_columns, "id",
	  EXAMPLES("ecomctl cart create --currency EUR -q"), .writes = true },
	{ "add", "Put pieces into a cart", add_run, cart_and_sku, quantity_flags, cart_columns,
	  "id", EXAMPLES("ecomctl cart add " ID " MUG-1 --quantity 2"),
	  "They come to those that are in it already; one when no quantity is given.",
	  .writes = true },
	{ "set", "Set the quantity of a line", set_run, cart_and_sku, quantity_flags, cart_columns,
	  "id", EXAMPLES("ecomctl cart set " ID " MUG-1 --quantity 1"), .writes = true },
	{ "remove", "Take a line out of a cart", remove_run, cart_and_sku, NULL, cart_columns, "id",
	  EXAMPLES("ecomctl cart remove " ID " MUG-1"), .writes = true },
	{ "coupon", "Put a coupon on a cart, or take it off", coupon_run, coupon_arguments, NULL,
	  cart_columns, "id",
	  EXAMPLES("ecomctl cart coupon add " ID " SAVE10",
		   "ecomctl cart coupon remove " ID " SAVE10"),
	  "Whether it applies is decided with the order; `promo explain` says why not.",
	  .writes = true },
	{ "validate", "Compare a cart with prices and stock as they are now", validate_run,
	  one_cart, validate_flags, change_columns, "sku",
	  EXAMPLES("ecomctl cart validate " ID, "ecomctl cart validate " ID " --accept"),
	  "Exit code 1: there are differences. With --accept prices become those of now, "
	  "quantities what there is, and what cannot be had is removed.",
	  .writes = true },
	{ "merge", "Take over what is in a guest's cart", merge_run, two_carts, merge_flags,
	  cart_columns, "id",
	  EXAMPLES("ecomctl cart merge " ID " 01a2050e-3427-713b-81c9-b9a4d23be7a5 "
		   "--guest-token guest.token --strategy max"),
	  "Lines that both have: sum adds them, keep leaves the quantity of CART, max takes the "
	  "larger one.",
	  .writes = true },
	{ "checkout", "Order what is in a cart", cart_checkout, one_cart, checkout_flags,
	  checkout_columns, "number",
	  EXAMPLES("ecomctl cart checkout " ID
		   " --email ann@example.com --name 'Ann Smith' --line1 'Main Street 1' "
		   "--postal-code 10115 --city Berlin --country DE --shipping-method standard "
		   "--payment-token tok_success --wait"),
	  "The order is placed with the total that the shop shows for the cart as it is now. "
	  "Without --wait the order may still be pending; with it exit code 6 means that it was "
	  "rejected, and 8 that it was not decided in that time. The same --key again is the same "
	  "order.",
	  .writes = true },
	{ "delete", "Remove a cart", delete_run, one_cart, NULL, gone_columns, "id",
	  EXAMPLES("ecomctl cart delete " ID), .writes = true },
	{ 0 },
};
