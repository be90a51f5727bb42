/* promo coupon, promo redemptions. */
#include <stdlib.h>
#include <string.h>

#include "ecomctl/commands/promo.h"
#include "lib/base/json.h"

#define PAGE_SIZE 200
#define COUNT_MAX 1000
#define USES_MAX  1000000000

const struct argument promo_coupon_arguments[] = {
	{ "ACTION", "list, add or remove" },
	{ "PROMO", "the promotion's code" },
	{ "CODE", "a coupon's code", .optional = true, .many = true },
	{ 0 },
};

const struct flag promo_coupon_flags[] = {
	{ "count", 0, FLAG_NUMBER, "N", "add: so many random ones", .min = 1, .max = COUNT_MAX },
	{ "max-uses", 0, FLAG_NUMBER, "N", "add: orders that each can be used for", .min = 1,
	  .max = USES_MAX },
	{ 0 },
};

const struct column promo_coupon_columns[] = {
	{ "code", COLUMN_TEXT, 0 },
	{ "promotion", COLUMN_TEXT, 1 },
	{ "uses", COLUMN_NUMBER, 0 },
	{ "max_uses", COLUMN_NUMBER, 0, "OF" },
	{ "created_at", COLUMN_TIME, 2, "CREATED" },
	{ "status", COLUMN_STATUS, .detail = true },
	{ 0 },
};

const struct column promo_redemption_columns[] = {
	{ "number", COLUMN_TEXT, 0, "ORDER" },
	{ "status", COLUMN_STATUS, 0 },
	{ "coupon", COLUMN_TEXT, 1 },
	{ "customer", COLUMN_TEXT, 3 },
	{ "amount", COLUMN_MONEY, 0 },
	{ "created_at", COLUMN_TIME, 2, "USED" },
	{ "given_back_at", COLUMN_TIME, 4, "GIVEN BACK" },
	{ "order", COLUMN_TEXT, .detail = true },
	{ 0 },
};

/* All pages of a path. Takes it. */
static enum exit_code emit_pages(struct cli *cli, char *path)
{
	struct api *api = cli_api(cli);
	struct output *output = cli_output(cli);
	struct api_pages pages;
	const json_t *page, *record;
	size_t i;

	if (!api) {
		free(path);
		return cli_exit(cli);
	}
	api_pages_open(&pages, api, path, PAGE_SIZE);
	page = api_pages_next(&pages);
	if (page) {
		output_begin(output, OUTPUT_LIST, cli_command(cli)->columns,
			     cli_command(cli)->identity);
		for (; page && !output_failed(output); page = api_pages_next(&pages)) {
			json_array_foreach (page, i, record)
				output_record(output, record);
		}
		output_end(output);
	}
	if (pages.answer.failure)
		cli_fail_answer(cli, &pages.answer);
	api_pages_close(&pages);
	free(path);
	return cli_exit(cli);
}

static enum exit_code coupon_list(struct cli *cli)
{
	return emit_pages(cli, api_path("/v1/promotions/{}/coupons", cli_argument(cli, 1)));
}

static enum exit_code coupon_add(struct cli *cli)
{
	char *path scoped(scoped_free) = api_path("/v1/promotions/{}/coupons",
						  cli_argument(cli, 1));
	json_t *body scoped(scoped_json) = json_object();
	json_t *codes = json_array();
	json_t *added scoped(scoped_json) = NULL;

	json_object_set_new(body, "codes", codes);
	for (size_t i = 2; i < cli_argument_count(cli); i++)
		json_array_append_new(codes, json_string(cli_argument(cli, i)));
	if (cli_has(cli, "count"))
		json_object_set_new(body, "count", json_integer(cli_number(cli, "count", 0)));
	if (cli_has(cli, "max-uses"))
		json_object_set_new(body, "max_uses", json_integer(cli_number(cli, "max-uses", 0)));
	if (!json_array_size(codes) && !cli_has(cli, "count"))
		return cli_fail(cli, EXIT_USAGE, "name codes, or add --count",
				"no coupon to add is given");
	added = cli_call(cli,
			 &(struct api_request){ .method = "POST", .path = path, .body = body });
	if (added)
		cli_emit_list(cli, json_object_get(added, "data"));
	return cli_exit(cli);
}

static enum exit_code coupon_remove(struct cli *cli)
{
	struct output *output = cli_output(cli);

	if (cli_argument_count(cli) < 3)
		return cli_fail(cli, EXIT_USAGE, "ecomctl promo coupon remove PROMO CODE",
				"no coupon to remove is given");
	output_begin(output, OUTPUT_LIST, promo_coupon_columns, "code");
	for (size_t i = 2; i < cli_argument_count(cli); i++) {
		const char *promo = cli_argument(cli, 1), *code = cli_argument(cli, i);
		char *path scoped(scoped_free) = api_path("/v1/promotions/{}/coupons/{}", promo,
							  code);
		json_t *record scoped(scoped_json) = NULL;
		json_t *gone scoped(scoped_json) =
			cli_call(cli, &(struct api_request){ .method = "DELETE", .path = path });

		if (!gone)
			break;
		record = json_pack("{s:s, s:s, s:s}", "code", code, "promotion", promo, "status",
				   "deleted");
		output_record(output, record);
	}
	output_end(output);
	return cli_exit(cli);
}

enum exit_code promo_coupon(struct cli *cli)
{
	static const struct {
		const char *action;
		enum exit_code (*run)(struct cli *cli);
	} actions[] = { { "list", coupon_list },
			{ "add", coupon_add },
			{ "remove", coupon_remove } };

	for (size_t i = 0; i < array_size(actions); i++) {
		if (strcmp(actions[i].action, cli_argument(cli, 0)) == 0)
			return actions[i].run(cli);
	}
	return cli_fail(cli, EXIT_USAGE, "ecomctl promo coupon list PROMO",
			"\"%s\": what to do is list, add or remove", cli_argument(cli, 0));
}

enum exit_code promo_redemptions(struct cli *cli)
{
	return emit_pages(cli, api_path("/v1/promotions/{}/redemptions", cli_argument(cli, 0)));
}
