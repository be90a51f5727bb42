/* `ecomctl status` and `ecomctl doctor`: with the engine's help, or from the state folder alone. */
#include <stdlib.h>
#include <string.h>

#include "daemons/admind/health.h"
#include "daemons/admind/view_record.h"
#include "ecomctl/commands/engine.h"
#include "ecomctl/commands/engine_launch.h"
#include "lib/base/json.h"
#include "lib/base/str.h"

/* The engine as the first row among its processes. */
static json_t *engine_row(const json_t *status)
{
	const json_t *engine = json_object_get(status, "engine");

	return json_pack(
		"{s:s, s:s, s:O, s:s, s:n, s:O*, s:O*, s:s, s:O, s:O*}", "instance", "engine",
		"component", "admind", "pid", json_object_get(engine, "pid"), "state",
		json_get_string(engine, "state", ""), "restarts", "uptime",
		json_object_get(engine, "uptime"), "memory", json_object_get(engine, "memory"),
		"version", json_get_string(engine, "version", ""), "address",
		json_object_get(status, "folder"), "reason", json_object_get(engine, "error"));
}

/* HAProxy's addresses are the shop's. */
static void add_ports(json_t *row, const json_t *ports)
{
	const char *shop = json_get_string(ports, "shop", NULL);

	if (shop && str_eq(json_get_string(row, "component", ""), "haproxy"))
		json_object_set_new(row, "address",
				    json_sprintf("%s %s %s", shop,
						 json_get_string(ports, "admin", ""),
						 json_get_string(ports, "internal", "")));
}

static bool is_well(const json_t *row)
{
	const char *state = json_get_string(row, "state", "");

	return str_eq(state, "ready") || str_eq(state, "running");
}

static enum exit_code show_status(struct cli *cli, const json_t *status)
{
	json_t *rows scoped(scoped_json) = json_array();
	bool well = true;
	json_t *row;
	size_t i;

	json_array_append_new(rows, engine_row(status));
	json_array_extend(rows, json_object_get(status, "components"));
	json_array_foreach (rows, i, row) {
		add_ports(row, json_object_get(status, "ports"));
		well = well && is_well(row);
	}
	cli_emit_list(cli, rows);
	return well ? EXIT_OK : EXIT_FAILED;
}

/* A shop on another machine: its admin API tells. */
static enum exit_code status_remote(struct cli *cli)
{
	const struct api_request request = { .method = "GET",
					     .path = "/v1/status",
					     .target = API_ENGINE };
	json_t *status scoped(scoped_json) = cli_call(cli, &request);

	return status ? show_status(cli, status) : cli_exit(cli);
}

enum exit_code engine_status(struct cli *cli)
{
	struct state *state = NULL;
	json_t *status scoped(scoped_json) = NULL;
	struct failure failure;
	enum exit_code code;

	if (engine_is_remote(cli))
		return status_remote(cli);
	state = engine_find(cli);
	if (!state)
		return cli_exit(cli);
	status = engine_ask(cli, state, "/v1/status");
	if (!status && !state_check_access(state, &failure)) {
		state_free(state);
		return engine_fail(cli, EXIT_FORBIDDEN, &failure);
	}
	if (!status) {
		cli_note(cli, state_is_locked(state) ? "the engine does not answer"
						     : "no engine runs; ecomctl up starts it");
		status = view_offline(state);
	}
	code = show_status(cli, status);
	state_free(state);
	return code;
}

/* Below the table, where there is room: the hint is what matters. */
static void note_hints(struct cli *cli, const json_t *checks)
{
	const json_t *check;
	size_t i;

	json_array_foreach (checks, i, check) {
		const char *hint = json_get_string(check, "hint", "");

		if (*hint && cli_is_table(cli))
			cli_note(cli, "%s: %s", json_get_string(check, "check", ""), hint);
	}
}

enum exit_code engine_doctor(struct cli *cli)
{
	struct state *state = engine_find(cli);
	json_t *answer scoped(scoped_json) = NULL;
	json_t *checks scoped(scoped_json) = NULL;
	struct failure failure;
	bool failed = false;
	json_t *check;
	size_t i;

	if (!state)
		return cli_exit(cli);
	if (!engine_become_owner(state, &failure)) {
		state_free(state);
		return engine_fail(cli, EXIT_FAILED, &failure);
	}
	checks = health_checks(state);
	answer = engine_ask(cli, state, "/v1/doctor");
	json_array_extend(checks, json_object_get(answer, "data"));
	json_array_foreach (checks, i, check)
		failed = failed || str_eq(json_get_string(check, "result", ""), "fail");
	cli_emit_list(cli, checks);
	note_hints(cli, checks);
	state_free(state);
	return failed ? EXIT_FAILED : EXIT_OK;
}
