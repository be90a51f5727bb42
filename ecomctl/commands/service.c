/* service list, scale, restart: how many instances of each service run. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "ecomctl/commands/commands.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/str.h"

#define LOOK_EVERY_MS 200
#define WAIT_USUAL_MS 60000
#define SERVICES_MAX  16
#define REPLICAS_MOST 1000

/* --- calls ------------------------------------------------------------------------------------ */

static json_t *list_services(struct cli *cli)
{
	const struct api_request request = { .method = "GET",
					     .path = "/v1/services",
					     .target = API_ENGINE };

	return cli_call(cli, &request);
}

static json_t *post(struct cli *cli, const char *pattern, const char *name, const json_t *body)
{
	char *path scoped(scoped_free) = api_path(pattern, name);
	const struct api_request request = {
		.method = "POST",
		.path = path,
		.target = API_ENGINE,
		.body = body,
	};

	return cli_call(cli, &request);
}

static const json_t *service_named(const json_t *list, const char *name)
{
	const json_t *service;
	size_t i;

	json_array_foreach (json_object_get(list, "data"), i, service) {
		if (str_eq(json_get_string(service, "name", ""), name))
			return service;
	}
	return NULL;
}

/* --- waiting ---------------------------------------------------------------------------------- */

struct wish {
	char *name;
	int replicas; /* scale */
};

static bool is_settled(const json_t *service)
{
	return service && str_eq(json_get_string(service, "state", ""), "ready");
}

static enum exit_code emit_named(struct cli *cli, const json_t *list, const struct wish *wishes,
				 size_t count)
{
	json_t *rows scoped(scoped_json) = json_array();
	enum exit_code code = EXIT_OK;

	for (size_t i = 0; i < count; i++) {
		const json_t *service = service_named(list, wishes[i].name);
		const char *error = json_get_string(service, "error", NULL);

		if (service)
			json_array_append(rows, (json_t *)service);
		if (error)
			code = cli_fail(cli, EXIT_FAILED, "ecomctl status", "%s: %s",
					wishes[i].name, error);
	}
	cli_emit_list(cli, rows);
	return code;
}

static bool all_settled(const json_t *list, const struct wish *wishes, size_t count)
{
	bool settled = true;

	for (size_t i = 0; i < count; i++)
		settled = settled && is_settled(service_named(list, wishes[i].name));
	return settled;
}

/* With --wait until all of them are as they should be; then, or else at once, shows them. */
static enum exit_code finish(struct cli *cli, const struct wish *wishes, size_t count)
{
	int64_t most = cli_number(cli, "timeout", WAIT_USUAL_MS);
	int64_t deadline = clock_mono_ms() + most;
	json_t *list = list_services(cli);
	bool wait = cli_has(cli, "wait"), late = false;
	enum exit_code code;

	while (list && wait && !late && !all_settled(list, wishes, count)) {
		poll(NULL, 0, LOOK_EVERY_MS);
		json_decref(list);
		list = list_services(cli);
		late = clock_mono_ms() > deadline || cli_interrupted();
	}
	if (!list)
		return cli_exit(cli);
	code = emit_named(cli, list, wishes, count);
	if (code == EXIT_OK && late && !all_settled(list, wishes, count))
		code = cli_interrupted()
			       ? EXIT_INTERRUPTED
			       : cli_fail(cli, EXIT_PENDING, "ecomctl service list",
					  "still under way after %lld s", (long long)most / 1000);
	json_decref(list);
	return code;
}

/* --- commands --------------------------------------------------------------------------------- */

static enum exit_code service_list(struct cli *cli)
{
	json_t *list scoped(scoped_json) = list_services(cli);

	if (!list)
		return cli_exit(cli);
	cli_emit_list(cli, json_object_get(list, "data"));
	return EXIT_OK;
}

static void wishes_free(struct wish *wishes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(wishes[i].name);
}

/* All words are read before the first call, so that a typing error changes nothing. */
static bool wishes_read(struct cli *cli, struct wish *wishes, size_t *count)
{
	for (*count = 0; *count < SERVICES_MAX && cli_argument(cli, *count); (*count)++) {
		const char *word = cli_argument(cli, *count), *equals = strchr(word, '=');
		int64_t replicas;

		if (!equals || equals == word ||
		    !str_to_int(equals + 1, 0, REPLICAS_MOST, &replicas)) {
			cli_fail(cli, EXIT_USAGE, "ecomctl service scale catalogd=3",
				 "%s is not NAME=N", word);
			return false;
		}
		wishes[*count] = (struct wish){
			.name = xstrndup(word, (size_t)(equals - word)),
			.replicas = (int)replicas,
		};
	}
	return true;
}

static enum exit_code service_scale(struct cli *cli)
{
	struct wish wishes[SERVICES_MAX] = { 0 };
	size_t count = 0;
	bool ok = wishes_read(cli, wishes, &count);
	enum exit_code code;

	for (size_t i = 0; i < count && ok; i++) {
		json_t *body scoped(scoped_json) = json_pack("{s:i}", "replicas",
							     wishes[i].replicas);
		json_t *answer scoped(scoped_json) = NULL;

		if (cli_has(cli, "current"))
			json_object_set_new(body, "current",
					    json_integer(cli_number(cli, "current", 0)));
		answer = post(cli, "/v1/services/{}/scale", wishes[i].name, body);
		ok = answer;
	}
	code = ok ? finish(cli, wishes, count) : cli_exit(cli);
	wishes_free(wishes, count);
	return code;
}

/* The services that are ours and run: --all does not restart the database. */
static size_t wish_all(struct cli *cli, struct wish *wishes)
{
	json_t *list scoped(scoped_json) = list_services(cli);
	const json_t *service;
	size_t i, count = 0;

	json_array_foreach (json_object_get(list, "data"), i, service) {
		if (json_get_bool(service, "daemon", false) && count < SERVICES_MAX)
			wishes[count++].name = xstrdup(json_get_string(service, "name", ""));
	}
	return count;
}

static enum exit_code service_restart(struct cli *cli)
{
	struct wish wishes[SERVICES_MAX] = { 0 };
	size_t count = 0;
	bool all = cli_has(cli, "all"), ok = true;
	enum exit_code code;

	if (all == (cli_argument(cli, 0) != NULL))
		return cli_fail(cli, EXIT_USAGE, "ecomctl service restart catalogd",
				"name the services, or give --all");
	if (all)
		count = wish_all(cli, wishes);
	while (!all && count < SERVICES_MAX && cli_argument(cli, count)) {
		wishes[count].name = xstrdup(cli_argument(cli, count));
		count++;
	}
	for (size_t i = 0; i < count && ok; i++) {
		json_t *answer scoped(scoped_json) = post(cli, "/v1/services/{}/restart",
							  wishes[i].name, NULL);

		ok = answer;
	}
	code = ok && count ? finish(cli, wishes, count) : cli_exit(cli);
	wishes_free(wishes, count);
	return code;
}

/* --- tables ----------------------------------------------------------------------------------- */

#define WAIT_FLAGS                                                                           \
	{ "wait", 0, FLAG_SWITCH, .help = "return when it is done" },                        \
	{                                                                                    \
		"timeout", 0, FLAG_DURATION, "TIME", "how long to wait (default 60s)", 1000, \
			86400000                                                             \
	}

static const struct argument scale_arguments[] = {
	{ "NAME=N", "service and number of instances", .many = true },
	{ 0 },
};

static const struct flag scale_flags[] = {
	{ "current", 0, FLAG_NUMBER, "N", "refuse when there are not so many now", 1,
	  REPLICAS_MOST },
	WAIT_FLAGS,
	{ 0 },
};

static const struct argument restart_arguments[] = {
	{ "NAME", "service", .optional = true, .many = true },
	{ 0 },
};

static const struct flag restart_flags[] = {
	{ "all", 0, FLAG_SWITCH, .help = "all daemons, one after the other" },
	WAIT_FLAGS,
	{ 0 },
};

static const struct column service_columns[] = {
	{ "name", COLUMN_TEXT },
	{ "state", COLUMN_STATUS },
	{ "ready", COLUMN_NUMBER },
	{ "replicas", COLUMN_NUMBER },
	{ "min", COLUMN_NUMBER, .priority = 3 },
	{ "max", COLUMN_NUMBER, .priority = 2 },
	{ "version", COLUMN_TEXT, .priority = 1 },
	{ "error", COLUMN_TEXT, .detail = true },
	{ "instances", COLUMN_OBJECT, .detail = true },
	{ 0 },
};

static const char *const list_examples[] = { "ecomctl service list", "ecomctl service list -o json",
					     NULL };
static const char *const scale_examples[] = { "ecomctl service scale catalogd=3",
					      "ecomctl service scale catalogd=3 userd=2 --wait",
					      NULL };
static const char *const restart_examples[] = { "ecomctl service restart catalogd --wait",
						"ecomctl service restart --all", NULL };

const struct command service_commands[] = {
	{
		.verb = "list",
		.brief = "List the services and how many instances run",
		.run = service_list,
		.columns = service_columns,
		.identity = "name",
		.examples = list_examples,
	},
	{
		.verb = "scale",
		.brief = "Set how many instances of a service run",
		.run = service_scale,
		.args = scale_arguments,
		.flags = scale_flags,
		.columns = service_columns,
		.identity = "name",
		.examples = scale_examples,
		.details = "New instances get requests once they are ready; surplus ones, the "
			   "highest numbers first, finish what they have. The number stays for "
			   "the next start. Refused when the database has not enough connections.",
		.writes = true,
	},
	{
		.verb = "restart",
		.brief = "Replace the instances of a service, one after the other",
		.run = service_restart,
		.args = restart_arguments,
		.flags = restart_flags,
		.columns = service_columns,
		.identity = "name",
		.examples = restart_examples,
		.details = "One extra instance is started first, and each is replaced only when "
			   "the gateway sends requests to another: no request fails.",
		.writes = true,
	},
	{ 0 },
};
