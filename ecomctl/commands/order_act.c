/* order ship, cancel, hold, resume, note: what is done to one order. */
#include "ecomctl/commands/order.h"

#include <string.h>

#include "ecomctl/commands/resource.h"
#include "lib/base/json.h"
#include "lib/base/str.h"

#define QUANTITY_MAX 1000000

/* Until it is done, or its worker takes longer than that: then it is shown as pending. */
static const char *const waiting[] = { "Prefer: wait=10", NULL };

static enum exit_code act(struct cli *cli, const char *pattern, const json_t *body)
{
	char *path scoped(scoped_free) = api_path(pattern, cli_argument(cli, 0));
	json_t *record scoped(scoped_json) =
		cli_exit(cli) ? NULL
			      : cli_call(cli, &(struct api_request){ .method = "POST",
								     .path = path,
								     .body = body,
								     .headers = waiting });

	if (record)
		cli_emit(cli, OUTPUT_ONE, record);
	else if (cli_exit(cli) == EXIT_NOT_FOUND)
		cli_fail_restate(cli, "ecomctl order list", "order \"%s\" not found",
				 cli_argument(cli, 0));
	return cli_exit(cli);
}

static bool add_part(struct cli *cli, json_t *parts, const char *flag, const char *pair,
		     const char *member)
{
	const char *equals = strchr(pair, '=');
	char *sku scoped(scoped_free) = xstrndup(pair, (size_t)(equals - pair));
	int64_t quantity;
	json_t *part;

	if (!str_to_int(equals + 1, 0, QUANTITY_MAX, &quantity)) {
		cli_fail(cli, EXIT_USAGE, "such as MUG-1=2", "--%s %s: not a quantity", flag, pair);
		return false;
	}
	part = json_pack("{s:s, s:I}", "sku", sku, member, (json_int_t)quantity);
	if (!part)
		cli_fail(cli, EXIT_USAGE, NULL, "--%s is not valid UTF-8", flag);
	else
		json_array_append_new(parts, part);
	return part;
}

bool order_parts(struct cli *cli, json_t *parts, const char *flag, const char *member)
{
	const char *pair;

	for (size_t i = 0; (pair = cli_value(cli, flag, i)); i++) {
		if (!add_part(cli, parts, flag, pair, member))
			return false;
	}
	return true;
}

/* The body of what takes lines: all that is open without --line. */
static json_t *body_with_parts(struct cli *cli)
{
	json_t *body = resource_body(cli), *parts = json_array();

	if (order_parts(cli, parts, "line", "quantity") && json_array_size(parts))
		json_object_set(body, "lines", parts);
	json_decref(parts);
	return body;
}

enum exit_code order_ship(struct cli *cli)
{
	json_t *body scoped(scoped_json) = body_with_parts(cli);

	return act(cli, "/v1/orders/{}/shipments", body);
}

enum exit_code order_cancel(struct cli *cli)
{
	json_t *body scoped(scoped_json) = body_with_parts(cli);

	return act(cli, "/v1/orders/{}/cancellations", body);
}

enum exit_code order_hold(struct cli *cli)
{
	json_t *body scoped(scoped_json) = resource_body(cli);

	if (!cli_has(cli, "reason"))
		return cli_fail(cli, EXIT_USAGE, "such as --reason fraud_check",
				"the reason is needed");
	return act(cli, "/v1/orders/{}/hold", body);
}

enum exit_code order_resume(struct cli *cli)
{
	return act(cli, "/v1/orders/{}/resume", NULL);
}

enum exit_code order_note(struct cli *cli)
{
	json_t *body scoped(scoped_json) = resource_body(cli);

	if (json_object_set_new(body, "text", json_string(cli_argument(cli, 1))) < 0)
		return cli_fail(cli, EXIT_USAGE, NULL, "the note is not valid UTF-8");
	return act(cli, "/v1/orders/{}/notes", body);
}
