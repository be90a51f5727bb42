/* promo: list get describe create update delete coupon redemptions explain. */
#include "ecomctl/commands/promo.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ecomctl/commands/commands.h"
#include "ecomctl/commands/resource.h"
#include "ecomctl/commands/upsert.h"
#include "ecomctl/commands/words.h"
#include "lib/base/file.h"
#include "lib/base/json.h"

#define PIECES_MAX   10000
#define USES_MAX     1000000000
#define PRIORITY_MAX 1000000

static const struct resource promo = {
	.collection = "/v1/promotions",
	.item = "/v1/promotions/{}",
	.key = "code",
	.singular = "promo",
	.plural = "promotions",
};

/* Flags whose value is a list of words. */
static const char *const lists[] = { "coupons", "products", "categories", "countries",
				     "customers" };

/* The body of the flags; what is wrong is recorded. New reference. */
static json_t *body_of(struct cli *cli)
{
	json_t *body = resource_body(cli);
	const struct flag *flags = cli_command(cli)->flags;
	int64_t ppm;

	for (size_t i = 0; i < array_size(lists); i++) {
		for (const struct flag *flag = flags; flag->name; flag++) {
			if (strcmp(flag->name, lists[i]) == 0 && cli_has(cli, lists[i]))
				json_object_set_new(body, lists[i],
						    words_parse(cli_text(cli, lists[i])));
		}
	}
	if (cli_has(cli, "percent")) {
		if (percent_parse(cli_text(cli, "percent"), &ppm))
			json_object_set_new(body, "ppm", json_integer((json_int_t)ppm));
		else
			cli_fail(cli, EXIT_USAGE, "such as --percent 12.5",
				 "--percent %s: not a percentage", cli_text(cli, "percent"));
	}
	return body;
}

/* --- from a file ------------------------------------------------------------------------------ */

/* What lists show besides what can be set. */
static json_t *settable(const json_t *promotion)
{
	static const char *const counted[] = { "uses", "version", "created_at", "updated_at" };
	json_t *body = json_copy((json_t *)(uintptr_t)promotion);

	for (size_t i = 0; i < array_size(counted); i++)
		json_object_del(body, counted[i]);
	if (!json_is_array(json_object_get(body, "coupons")))
		json_object_del(body, "coupons");
	return body;
}

/* Made, or changed when there is one with its code. */
static json_t *put(struct cli *cli, const json_t *promotion)
{
	const char *code = json_get_string(promotion, "code", "");
	char *path scoped(scoped_free) = api_path(promo.item, code);
	json_t *body scoped(scoped_json) = settable(promotion);
	json_t *found scoped(scoped_json) =
		cli_call(cli, &(struct api_request){ .method = "GET", .path = path });

	if (!found && cli_exit(cli) != EXIT_NOT_FOUND)
		return NULL;
	if (!found) {
		cli_fail_forget(cli);
		return cli_call(cli, &(struct api_request){ .method = "POST",
							    .path = promo.collection,
							    .body = body });
	}
	json_object_del(body, "code");
	json_object_del(body, "coupons");
	return cli_call(cli,
			&(struct api_request){ .method = "PATCH",
					       .path = path,
					       .body = body,
					       .if_match = json_get_int(found, "version", 0) });
}

static enum exit_code put_all(struct cli *cli, const json_t *promotions)
{
	struct output *output = cli_output(cli);
	const json_t *promotion;
	size_t i;

	output_begin(output, OUTPUT_LIST, cli_command(cli)->columns, cli_command(cli)->identity);
	json_array_foreach (promotions, i, promotion) {
		json_t *record scoped(scoped_json) = put(cli, promotion);

		if (!record) {
			cli_fail_at(cli, "[%zu] %s", i, json_get_string(promotion, "code", "?"));
			break;
		}
		output_record(output, record);
	}
	output_end(output);
	return cli_exit(cli);
}

static enum exit_code create_from_file(struct cli *cli)
{
	const char *file = cli_text(cli, "file"), *error = NULL;
	size_t len = 0;
	char *text scoped(scoped_free) = file_read(strcmp(file, "-") == 0 ? "/dev/stdin" : file,
						   &len);
	json_t *content scoped(scoped_json) = NULL;
	json_t *list scoped(scoped_json) = NULL;

	if (!text)
		return cli_fail(cli, EXIT_FAILED, NULL, "%s: %s", file, strerror(errno));
	content = json_parse(text, len, &error);
	list = json_is_object(content) ? json_pack("[O]", content) : json_incref(content);
	if (!json_is_array(list))
		return cli_fail(cli, EXIT_INVALID, "as `ecomctl promo list -o json` writes it",
				"%s: not a promotion, nor a list of them", file);
	return put_all(cli, list);
}

static enum exit_code promo_create(struct cli *cli)
{
	json_t *body scoped(scoped_json) = NULL;
	json_t *record scoped(scoped_json) = NULL;

	if (cli_has(cli, "file"))
		return create_from_file(cli);
	if (cli_argument_count(cli) == 0)
		return cli_fail(cli, EXIT_USAGE, "ecomctl promo create CODE, or --file",
				"the code is needed");
	body = body_of(cli);
	if (json_object_set_new(body, "code", json_string(cli_argument(cli, 0))) < 0)
		cli_fail(cli, EXIT_USAGE, NULL, "the code is not valid UTF-8");
	if (cli_exit(cli))
		return cli_exit(cli);
	record = cli_call(cli, &(struct api_request){
				       .method = "POST", .path = promo.collection, .body = body });
	if (record)
		cli_emit(cli, OUTPUT_ONE, record);
	return cli_exit(cli);
}

static enum exit_code promo_update(struct cli *cli)
{
	json_t *body scoped(scoped_json) = body_of(cli);
	char *path scoped(scoped_free) = api_path(promo.item, cli_argument(cli, 0));
	json_t *record scoped(scoped_json) = NULL;
	int64_t version;

	if (!cli_exit(cli) && json_object_size(body) == 0)
		return cli_fail(cli, EXIT_USAGE, "see --help", "nothing to change is given");
	version = cli_exit(cli) ? 0 : resource_version(cli, cli_argument(cli, 0));
	if (!version)
		return cli_exit(cli);
	record = cli_call(
		cli, &(struct api_request){
			     .method = "PATCH", .path = path, .body = body, .if_match = version });
	if (record)
		cli_emit(cli, OUTPUT_ONE, record);
	return cli_exit(cli);
}

/* --- the table -------------------------------------------------------------------------------- */

static const struct column promo_columns[] = {
	{ "code", COLUMN_TEXT, 0 },
	{ "name", COLUMN_TEXT, 2 },
	{ "kind", COLUMN_TEXT, 0 },
	{ "ppm", COLUMN_NUMBER, 3 },
	{ "amount", COLUMN_MONEY, 3 },
	{ "automatic", COLUMN_BOOL, 1 },
	{ "active", COLUMN_BOOL, 0 },
	{ "uses", COLUMN_NUMBER, 0 },
	{ "max_uses", COLUMN_NUMBER, 1, "OF" },
	{ "coupons", COLUMN_NUMBER, 2 },
	{ "ends_at", COLUMN_TIME, 4, "ENDS" },
	{ "buy", COLUMN_NUMBER, .detail = true },
	{ "get", COLUMN_NUMBER, .detail = true },
	{ "max_discount", COLUMN_MONEY, .detail = true },
	{ "min_subtotal", COLUMN_MONEY, .detail = true },
	{ "currency", COLUMN_TEXT, .detail = true },
	{ "products", COLUMN_OBJECT, .detail = true },
	{ "categories", COLUMN_OBJECT, .detail = true },
	{ "countries", COLUMN_OBJECT, .detail = true },
	{ "customers", COLUMN_OBJECT, .detail = true },
	{ "first_order", COLUMN_BOOL, .detail = true },
	{ "starts_at", COLUMN_TIME, .detail = true },
	{ "priority", COLUMN_NUMBER, .detail = true },
	{ "exclusive", COLUMN_BOOL, .detail = true },
	{ "max_uses_per_customer", COLUMN_NUMBER, .detail = true },
	{ "version", COLUMN_NUMBER, .detail = true },
	{ "created_at", COLUMN_TIME, .detail = true },
	{ "updated_at", COLUMN_TIME, .detail = true },
	{ 0 },
};

static const struct column deleted_columns[] = { { "code", COLUMN_TEXT, 0 },
						 { "status", COLUMN_STATUS, 0 },
						 { 0 } };

static const struct argument one_code[] = { { "PROMO", "the promotion's code" }, { 0 } };
static const struct argument some_code[] = { { "PROMO", "the promotion's code", .optional = true },
					     { 0 } };
static const struct argument many_codes[] = { { "PROMO", "the promotion's code", .many = true },
					      { 0 } };
static const struct argument one_cart[] = { { "CART", "the cart's id" }, { 0 } };

static const char *const kinds[] = { "percentage", "amount", "free_shipping", "buy_x_get_y", NULL };

#define SETTINGS                                                                                     \
	{ "name", 'n', FLAG_TEXT, NULL, "what customers read", .field = "name" },                    \
		{ "kind", 0, FLAG_CHOICE, NULL, "what it does", .choices = kinds, .field = "kind" }, \
		{ "percent", 0, FLAG_TEXT, "PERCENT", "so much off, such as 10 or 12.5%" },          \
		{ "amount", 0, FLAG_MONEY, NULL, "so much off", .field = "amount" },                 \
		{ "buy",                                                                             \
		  0,                                                                                 \
		  FLAG_NUMBER,                                                                       \
		  "X",                                                                               \
		  "of each X + Y pieces",                                                            \
		  .min = 1,                                                                          \
		  .max = PIECES_MAX,                                                                 \
		  .field = "buy" },                                                                  \
		{ "get",                                                                             \
		  0,                                                                                 \
		  FLAG_NUMBER,                                                                       \
		  "Y",                                                                               \
		  "the Y cheapest are free, or --percent less",                                      \
		  .min = 1,                                                                          \
		  .max = PIECES_MAX,                                                                 \
		  .field = "get" },                                                                  \
		{ "max-discount",                                                                    \
		  0,                                                                                 \
		  FLAG_MONEY,                                                                        \
		  NULL,                                                                              \
		  "so much off at most; none: any",                                                  \
		  .nullable = true,                                                                  \
		  .field = "max_discount" },                                                         \
		{ "automatic",         0, FLAG_TRUTH, NULL, "whether it applies without a coupon",   \
		  .field = "automatic" },                                                            \
		{ "min-subtotal",                                                                    \
		  0,                                                                                 \
		  FLAG_MONEY,                                                                        \
		  NULL,                                                                              \
		  "from this subtotal on; none: any",                                                \
		  .nullable = true,                                                                  \
		  .field = "min_subtotal" },                                                         \
		{ "currency",                                                                        \
		  0,                                                                                 \
		  FLAG_TEXT,                                                                         \
		  "CODE",                                                                            \
		  "only orders in it; none: any",                                                    \
		  .nullable = true,                                                                  \
		  .field = "currency" },                                                             \
		{ "products", 0, FLAG_TEXT, "SKUS", "only these, such as MUG-1,MUG-2" },             \
		{ "categories", 0, FLAG_TEXT, "SLUGS", "only what is in these, or below" },          \
		{ "countries", 0, FLAG_TEXT, "CODES", "only to these, such as DE,AT" },              \
		{ "customers", 0, FLAG_TEXT, "WHO", "only these: ids, addresses, @domains" },        \
		{ "first-order",         0, FLAG_TRUTH, NULL, "only a customer's first order",       \
		  .field = "first_order" },                                                          \
		{ "starts-at",                                                                       \
		  0,                                                                                 \
		  FLAG_TEXT,                                                                         \
		  "TIME",                                                                            \
		  "such as 2030-11-29T00:00:00Z; none: now",                                         \
		  .nullable = true,                                                                  \
		  .field = "starts_at" },                                                            \
		{ "ends-at",                                                                         \
		  0,                                                                                 \
		  FLAG_TEXT,                                                                         \
		  "TIME",                                                                            \
		  "such as 2030-12-01T00:00:00Z; none: never",                                       \
		  .nullable = true,                                                                  \
		  .field = "ends_at" },                                                              \
		{ "priority",                                                                        \
		  0,                                                                                 \
		  FLAG_NUMBER,                                                                       \
		  "N",                                                                               \
		  "the lowest applies first",                                                        \
		  .min = -PRIORITY_MAX,                                                              \
		  .max = PRIORITY_MAX,                                                               \
		  .field = "priority" },                                                             \
		{ "exclusive",         0, FLAG_TRUTH, NULL, "whether it keeps others out",           \
		  .field = "exclusive" },                                                            \
		{ "max-uses",                                                                        \
		  0,                                                                                 \
		  FLAG_NUMBER,                                                                       \
		  "N",                                                                               \
		  "orders that get it; none: any number",                                            \
		  .min = 1,                                                                          \
		  .max = USES_MAX,                                                                   \
		  .nullable = true,                                                                  \
		  .field = "max_uses" },                                                             \
		{ "max-uses-per-customer",         0,        FLAG_NUMBER,     "N",                   \
		  "orders of one customer",        .min = 1, .max = USES_MAX, .nullable = true,      \
		  .field = "max_uses_per_customer" },                                                \
	{                                                                                            \
		"active", 0, FLAG_TRUTH, NULL, "whether it is switched on", .field = "active"        \
	}

static const struct flag list_flags[] = {
	{ "active", 0, FLAG_TRUTH, NULL, "only those that are on, or off", .field = "active" },
	{ 0 },
};

static const struct flag create_flags[] = {
	SETTINGS,
	{ "coupons", 0, FLAG_TEXT, "CODES", "such as SAVE10; it then needs one of them" },
	{ "file", 'f', FLAG_FILE, NULL, "from JSON as `promo list -o json` writes it; - is stdin" },
	{ 0 },
};

static const struct flag update_flags[] = { SETTINGS, RESOURCE_IF_VERSION, { 0 } };
static const struct flag delete_flags[] = { RESOURCE_IF_VERSION, { 0 } };

#define ID "01a2050e-3bd6-7b75-a46c-2a32720f6cc8"

const struct command promo_commands[] = {
	{ "list", "List promotions", resource_list, NULL, list_flags, promo_columns, "code",
	  EXAMPLES("ecomctl promo list --active yes"), .resource = &promo, .pages = true },
	{ "get", "Show promotions in a line each", resource_get, many_codes, NULL, promo_columns,
	  "code", EXAMPLES("ecomctl promo get spring"), .resource = &promo },
	{ "describe", "Show all about a promotion", resource_describe, one_code, NULL,
	  promo_columns, "code", EXAMPLES("ecomctl promo describe spring"), .resource = &promo },
	{ "create", "Make a promotion", promo_create, some_code, create_flags, promo_columns,
	  "code",
	  EXAMPLES("ecomctl promo create spring --name Spring --kind percentage --percent 10 "
		   "--coupons SPRING10 --max-uses 100",
		   "ecomctl promo create mugs --name '3 for 2' --kind buy_x_get_y --buy 2 --get 1 "
		   "--categories mugs",
		   "ecomctl promo create --file promotions.json"),
	  "Without --coupons it applies by itself, unless --automatic is no. With --file "
	  "those that are there are changed.",
	  .resource = &promo, .writes = true },
	{ "update", "Change a promotion", promo_update, one_code, update_flags, promo_columns,
	  "code", EXAMPLES("ecomctl promo update spring --active no"), "Orders keep what they got.",
	  .resource = &promo, .writes = true },
	{ "delete", "Remove a promotion that no order has", upsert_delete, one_code, delete_flags,
	  deleted_columns, "code", EXAMPLES("ecomctl promo delete spring"), .resource = &promo,
	  .writes = true, .destructive = true },
	{ "coupon", "List, add or remove the coupons of a promotion", promo_coupon,
	  promo_coupon_arguments, promo_coupon_flags, promo_coupon_columns, "code",
	  EXAMPLES("ecomctl promo coupon list spring",
		   "ecomctl promo coupon add spring SPRING10 SPRING20",
		   "ecomctl promo coupon add spring --count 100",
		   "ecomctl promo coupon remove spring SPRING10"),
	  "A random one can be used once, unless --max-uses says otherwise. Of a promotion that "
	  "applied by itself a coupon is needed from then on.",
	  .resource = &promo, .writes = true },
	{ "redemptions", "List the orders that used a promotion", promo_redemptions, one_code, NULL,
	  promo_redemption_columns, "number", EXAMPLES("ecomctl promo redemptions spring"),
	  .resource = &promo },
	{ "explain", "Say which promotions apply to a cart, and why the others do not",
	  promo_explain, one_cart, promo_explain_flags, promo_explain_columns, "promotion",
	  EXAMPLES("ecomctl promo explain " ID,
		   "ecomctl promo explain " ID " --coupon SPRING10 --email ann@example.com "
		   "--country DE") },
	{ 0 },
};
