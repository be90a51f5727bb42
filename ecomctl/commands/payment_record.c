/* Payments by hand: what came in, what was sent back, what is given up. */
#include "ecomctl/commands/payment.h"

#include "ecomctl/commands/resource.h"
#include "lib/base/json.h"

const struct argument payment_record_args[] = { { "ORDER", "the order's number or id" }, { 0 } };

const struct flag payment_record_flags[] = {
	{ "amount", 0, FLAG_TEXT, "AMOUNT", "so much, such as 19.99EUR, or 19.99 in its currency" },
	{ "reference", 0, FLAG_TEXT, "TEXT",
	  "of the entry in the account statement, or the receipt", .field = "reference" },
	{ "paid-at", 0, FLAG_TEXT, "TIME",
	  "when it came, as 2026-11-22T10:00:00Z; now if not given", .field = "paid_at" },
	{ "partial", 0, FLAG_SWITCH, NULL, "less than what is open is meant", .field = "partial" },
	{ "returned", 0, FLAG_SWITCH, NULL, "it was sent back: paid, and not wanted any more",
	  .field = "returned" },
	{ "key", 0, FLAG_TEXT, NULL, "it is recorded once per key" },
	{ 0 },
};

const struct flag refund_record_flags[] = {
	{ "reference", 0, FLAG_TEXT, "TEXT", "of the transfer, or the receipt",
	  .field = "reference" },
	{ "paid-at", 0, FLAG_TEXT, "TIME", "when it was sent; now if not given",
	  .field = "paid_at" },
	{ "key", 0, FLAG_TEXT, NULL, "it is recorded once per key" },
	{ 0 },
};

const struct flag payment_write_off_flags[] = {
	{ "amount", 0, FLAG_MONEY, NULL, "what is open; refused when it is another amount" },
	{ "reason", 0, FLAG_TEXT, "TEXT", "why", .field = "reason" },
	{ "key", 0, FLAG_TEXT, NULL, "it is written off once per key" },
	RESOURCE_IF_VERSION,
	{ 0 },
};

static bool is_complete(struct cli *cli, const char *flag)
{
	if (cli_has(cli, flag))
		return true;
	cli_fail(cli, EXIT_USAGE, "see --help", "--%s is needed", flag);
	return false;
}

/* The newest payment of the order tells the currency. New reference. */
static json_t *amount_of_order(struct cli *cli)
{
	char *path scoped(scoped_free) = api_path_query(xstrdup("/v1/payments?limit=1"), "order",
							cli_argument(cli, 0));
	json_t *page scoped(scoped_json) =
		cli_call(cli, &(struct api_request){ .method = "GET", .path = path });
	json_t *found = json_array_get(json_object_get(page, "data"), 0);

	if (page && !found)
		cli_fail(cli, EXIT_NOT_FOUND, "ecomctl order list", "order \"%s\" has no payment",
			 cli_argument(cli, 0));
	return found ? json_incref(json_object_get(found, "amount")) : NULL;
}

static json_t *record(struct cli *cli, const char *path, const json_t *body)
{
	return cli_call(cli, &(struct api_request){ .method = "POST",
						    .path = path,
						    .body = body,
						    .key = cli_text(cli, "key") });
}

enum exit_code payment_record(struct cli *cli)
{
	json_t *body scoped(scoped_json) = resource_body(cli);
	json_t *agreed scoped(scoped_json) = NULL;

	if (!is_complete(cli, "amount") || !is_complete(cli, "reference"))
		return cli_exit(cli);
	agreed = amount_of_order(cli);
	if (!agreed || !payment_amount(cli, body, agreed))
		return cli_exit(cli);
	json_object_set_new(body, "amount",
			    json_pack("{s:O, s:O}", "amount", json_object_get(body, "amount"),
				      "currency", json_object_get(agreed, "currency")));
	json_object_set_new(body, "order", json_string(cli_argument(cli, 0)));
	return payment_show(cli, record(cli, "/v1/payment-records", body));
}

enum exit_code refund_record(struct cli *cli)
{
	json_t *body scoped(scoped_json) = resource_body(cli);
	char *path scoped(scoped_free) = api_path("/v1/refunds/{}/record", cli_argument(cli, 0));

	if (!is_complete(cli, "reference"))
		return cli_exit(cli);
	return payment_show(cli, record(cli, path, body));
}

/* Read first: the version that is written off, and the currency of --amount. */
enum exit_code payment_write_off(struct cli *cli)
{
	char *item scoped(scoped_free) = api_path("/v1/payments/{}", cli_argument(cli, 0));
	char *path scoped(scoped_free) = api_path("/v1/payments/{}/write-off",
						  cli_argument(cli, 0));
	json_t *body scoped(scoped_json) = resource_body(cli);
	json_t *found scoped(scoped_json) = NULL;

	if (!is_complete(cli, "reason"))
		return cli_exit(cli);
	found = cli_call(cli, &(struct api_request){ .method = "GET", .path = item });
	json_object_del(body, "amount");
	if (!found || !payment_amount(cli, body, json_object_get(found, "amount")) ||
	    cli_confirm(cli, "write off what is open of payment %s of order %s",
			cli_argument(cli, 0), json_get_string(found, "number", "-")))
		return cli_exit(cli);
	return payment_show(
		cli,
		cli_call(cli, &(struct api_request){
				      .method = "POST",
				      .path = path,
				      .body = body,
				      .key = cli_text(cli, "key"),
				      .if_match = cli_number(cli, "if-version",
							     json_get_int(found, "version", 0)),
			      }));
}
