/* `ecomctl down`: ends the shop of this machine, with its engine or without. */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>

#include "daemons/admind/process.h"
#include "daemons/admind/record.h"
#include "daemons/admind/shutdown.h"
#include "ecomctl/commands/engine.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/str.h"

#define STOP_MOST_MS 150000
#define ANSWER_MS    5000

static void told(void *arg, const char *unit, const char *what)
{
	cli_note(arg, "%s: %s", unit, what);
}

static size_t alive_count(const struct state *state)
{
	size_t count, alive = 0;
	struct record *records scoped(scoped_free) = records_read(state, &count);

	for (size_t i = 0; i < count; i++)
		alive += record_is_alive(&records[i]);
	return alive;
}

/* The engine is dead: what it left is ended from its records. */
static enum exit_code stop_without_engine(struct cli *cli, struct state *state)
{
	if (!state_lock(state))
		return cli_fail(cli, EXIT_CONFLICT, "try again", "an engine has just started");
	if (!shutdown_everything(state, told, cli))
		return cli_fail(cli, EXIT_FAILED, "ecomctl status shows what is left",
				"not everything ended");
	return EXIT_OK;
}

static void engine_signal(const struct state *state, int signal_number)
{
	pid_t pid = state_lock_holder(state);

	if (pid > 0)
		kill(pid, signal_number);
}

static bool ask_to_stop(struct cli *cli)
{
	const struct api_request request = {
		.method = "POST",
		.path = "/v1/shutdown",
		.target = API_ENGINE,
		.timeout_ms = ANSWER_MS,
	};
	struct api *api = cli_api(cli);
	struct api_answer answer = { 0 };
	bool ok = api && api_call(api, &request, &answer);

	if (api)
		api_answer_free(&answer);
	return ok;
}

static enum exit_code stop_engine(struct cli *cli, struct state *state)
{
	int64_t deadline = clock_mono_ms() + STOP_MOST_MS;

	if (!ask_to_stop(cli))
		engine_signal(state, SIGTERM);
	while (state_is_locked(state) && clock_mono_ms() < deadline)
		poll(NULL, 0, 20);
	if (state_is_locked(state)) {
		engine_signal(state, SIGKILL);
		for (int i = 0; i < 100 && state_is_locked(state); i++)
			poll(NULL, 0, 20);
	}
	/* Whatever it did not get to. */
	return alive_count(state) ? stop_without_engine(cli, state) : EXIT_OK;
}

enum exit_code engine_stop(struct cli *cli, struct state *state)
{
	return state_is_locked(state) ? stop_engine(cli, state) : stop_without_engine(cli, state);
}

enum exit_code engine_down(struct cli *cli)
{
	struct state *state = engine_find(cli);
	struct failure failure;
	enum exit_code code = EXIT_OK;
	json_t *record;

	if (!state)
		return cli_exit(cli);
	if (!state_check_access(state, &failure)) {
		state_free(state);
		return engine_fail(cli, EXIT_FORBIDDEN, &failure);
	}
	if (!state_is_locked(state) && alive_count(state) == 0)
		cli_note(cli, "the shop is down already");
	else
		code = engine_stop(cli, state);
	if (code == EXIT_OK) {
		record = json_pack("{s:s, s:s}", "state", "down", "folder", state->dir);
		cli_emit(cli, OUTPUT_DESCRIBE, record);
		json_decref(record);
	}
	state_free(state);
	return code;
}
