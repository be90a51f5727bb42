/* `ecomctl up`: starts the shop of this machine, or finds that it runs. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemons/admind/settings.h"
#include "daemons/admind/view_record.h"
#include "ecomctl/commands/engine.h"
#include "ecomctl/commands/engine_launch.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/json.h"
#include "lib/base/str.h"

#define LINE_MAX_BYTES 8192
#define PROOF_MS       30000
#define ANSWER_WAIT_MS 5000 /* for the socket of an engine that is just starting */

/* What came through the pipe so far. */
struct progress {
	struct cli *cli;
	int fd;
	struct buf buf;
	bool ready, failed, ended;
	int adopted;
	struct failure failure;
};

static void line_take(struct progress *progress, const char *line)
{
	const char *problem;
	json_t *json scoped(scoped_json) = json_parse(line, strlen(line), &problem);
	const char *message = json_get_string(json, "message", NULL);
	const char *event = json_get_string(json, "event", NULL);
	const char *error = json_get_string(json, "error", NULL);

	if (message)
		cli_note(progress->cli, "%s", message);
	if (event)
		cli_note(progress->cli, "%s", event);
	if (error) {
		progress->failed = true;
		failure_set(&progress->failure, json_get_string(json, "hint", ""), "%s", error);
	}
	if (json_get_bool(json, "ready", false)) {
		progress->ready = true;
		progress->adopted = (int)json_get_int(json, "adopted", 0);
	}
}

/* Reads what is there, waiting up to `wait_ms`. */
static void progress_read(struct progress *progress, int wait_ms)
{
	struct pollfd fd = { .fd = progress->fd, .events = POLLIN };
	char chunk[1024], *end;
	ssize_t got;

	if (poll(&fd, 1, wait_ms) <= 0)
		return;
	got = read(progress->fd, chunk, sizeof(chunk));
	if (got <= 0) {
		progress->ended = got == 0 || errno != EINTR;
		return;
	}
	buf_add(&progress->buf, chunk, (size_t)got);
	while (progress->buf.len && (end = memchr(progress->buf.data, '\n', progress->buf.len))) {
		*end = '\0';
		line_take(progress, progress->buf.data);
		buf_consume(&progress->buf, (size_t)(end - progress->buf.data) + 1);
	}
}

static enum exit_code progress_wait_ready(struct cli *cli, struct progress *progress,
					  struct state *state)
{
	while (!progress->ready && !progress->ended && !progress->failed) {
		progress_read(progress, 200);
		if (cli_interrupted()) {
			engine_stop(cli, state);
			return EXIT_INTERRUPTED;
		}
	}
	while (progress->failed && !progress->ended && state_is_locked(state) &&
	       progress->adopted == 0)
		progress_read(progress, 50); /* until nothing of this start is left */
	if (progress->failed)
		return engine_fail(cli, EXIT_FAILED, &progress->failure);
	if (!progress->ready)
		return cli_fail(cli, EXIT_FAILED, "see log/admind-1.log in the state folder",
				"the engine ended before the shop was ready");
	return EXIT_OK;
}

/* --- the credential --------------------------------------------------------------------------- */

/* The name that this shop has already, "local" for the first one, "local-PORT" for others. */
static char *context_name(const struct state *state, int port)
{
	struct contexts contexts = { 0 };
	char *error scoped(scoped_free) = NULL;
	char *warning scoped(scoped_free) = NULL;
	char *name = NULL;
	bool taken = false;

	if (!contexts_load(&contexts, &error, &warning))
		return xstrdup("local");
	for (size_t i = 0; i < contexts.count && !name; i++) {
		const struct context *context = &contexts.list[i];

		if (context->state && str_eq(context->state, state->dir))
			name = xstrdup(context->name);
		taken = taken || str_eq(context->name, "local");
	}
	contexts_free(&contexts);
	if (!name)
		name = taken ? xasprintf("local-%d", port) : xstrdup("local");
	return name;
}

/*
 * The credential through the gateway: proves that userd knows it and that HAProxy has userd's keys,
 * which gatewayd fetches when userd is up.
 */
static enum exit_code prove(struct cli *cli, const struct context *context)
{
	const struct api_request request = { .method = "GET",
					     .path = "/v1/services",
					     .target = API_SERVER };
	int64_t deadline = clock_mono_ms() + PROOF_MS;
	enum exit_code code = EXIT_FAILED;
	struct api *api;

	cli_set_context(cli, context);
	api = cli_api(cli);
	if (!api)
		return cli_exit(cli);
	while (code != EXIT_OK && !cli_interrupted()) {
		struct api_answer answer = { 0 };

		if (api_call(api, &request, &answer))
			code = EXIT_OK;
		else if (clock_mono_ms() > deadline)
			code = cli_fail_answer(cli, &answer);
		api_answer_free(&answer);
		if (code != EXIT_OK && clock_mono_ms() > deadline)
			break;
		if (code != EXIT_OK)
			poll(NULL, 0, 20);
	}
	return code;
}

static enum exit_code context_keep(struct cli *cli, const struct state *state, char **name)
{
	struct failure failure;
	char *secret scoped(scoped_free) = state_read_secret(state, "clients/admin", &failure);
	char *error scoped(scoped_free) = NULL;
	struct credential credential = { .client_id = (char *)"admin", .client_secret = secret };
	struct context context = { .state = state->dir };
	struct settings settings;
	enum exit_code code;

	if (!secret || !settings_load(state, &settings, &failure))
		return engine_fail(cli, EXIT_FAILED, &failure);
	*name = context.name = context_name(state, settings.port);
	context.server = xasprintf("http://127.0.0.1:%d", settings.port + 1);
	context.shop = xasprintf("http://127.0.0.1:%d", settings.port);
	if (!context_store(&context, &credential, &error))
		code = cli_fail(cli, EXIT_FAILED, NULL, "cannot store the context: %s", error);
	else
		code = prove(cli, &context);
	explicit_bzero(secret, strlen(secret));
	free(context.server);
	free(context.shop);
	return code;
}

static void emit(struct cli *cli, const struct state *state, const char *context, const char *what)
{
	struct settings settings = { 0 };
	struct failure ignored;
	json_t *ports, *record;

	settings_load(state, &settings, &ignored);
	ports = view_ports(settings.port);
	record = json_pack("{s:s, s:O, s:O, s:O, s:s, s:s*}", "state", what, "shop",
			   json_object_get(ports, "shop"), "admin", json_object_get(ports, "admin"),
			   "internal", json_object_get(ports, "internal"), "folder", state->dir,
			   "context", context);
	cli_emit(cli, OUTPUT_DESCRIBE, record);
	json_decref(record);
	json_decref(ports);
}

/* --- running already -------------------------------------------------------------------------- */

/* Waits for the socket of an engine that is just starting; NULL: it does not come, or it ended. */
static json_t *wait_answer(struct cli *cli, const struct state *state)
{
	int64_t deadline = clock_mono_ms() + ANSWER_WAIT_MS;
	json_t *status = NULL;

	while (!status && state_is_locked(state) && clock_mono_ms() < deadline &&
	       !cli_interrupted()) {
		status = engine_ask(cli, state, "/v1/status");
		if (!status)
			poll(NULL, 0, 50);
	}
	return status;
}

static enum exit_code already_up(struct cli *cli, const struct state *state, const json_t *status)
{
	const char *error = json_get_string(json_object_get(status, "engine"), "error", NULL);
	int64_t port = cli_number(cli, "port", 0);
	struct settings settings;
	struct failure failure;
	char *name scoped(scoped_free) = NULL;
	enum exit_code code;

	if (!settings_load(state, &settings, &failure))
		return engine_fail(cli, EXIT_FAILED, &failure);
	if (port && settings.port && port != settings.port)
		return cli_fail(cli, EXIT_CONFLICT, "ecomctl down, then up with the other port",
				"the shop in %s runs on port %d, not on %d", state->dir,
				settings.port, (int)port);
	if (error)
		return cli_fail(cli, EXIT_FAILED, "ecomctl down, then up",
				"what ran before is looked after, but the last start failed: %s",
				error);
	cli_note(cli, "the shop is up already");
	code = context_keep(cli, state, &name);
	if (code == EXIT_OK)
		emit(cli, state, name, "up");
	return code;
}

/* --- the command ------------------------------------------------------------------------------ */

/* Until Ctrl-C, which ends the shop, or until somebody else ended it. */
static enum exit_code stay(struct cli *cli, struct state *state, struct progress *progress)
{
	cli_note(cli, "Ctrl-C ends the shop");
	while (!progress->ended && !cli_interrupted())
		progress_read(progress, 200);
	if (cli_interrupted())
		return engine_stop(cli, state);
	if (state_is_locked(state))
		return EXIT_OK;
	cli_note(cli, "the engine has ended");
	return EXIT_OK;
}

/* Another `up` at the same moment was faster. */
static enum exit_code join(struct cli *cli, const struct state *state)
{
	json_t *status scoped(scoped_json) = NULL;

	cli_fail_forget(cli);
	status = wait_answer(cli, state);
	return status ? already_up(cli, state, status)
		      : cli_fail(cli, EXIT_UNAVAILABLE, "ecomctl status; ecomctl down",
				 "the engine that another ecomctl up has started does not answer");
}

static enum exit_code start(struct cli *cli, struct state *state)
{
	struct launched launched;
	struct progress progress = { .cli = cli, .buf = BUF_INIT(LINE_MAX_BYTES) };
	struct failure failure;
	char *name scoped(scoped_free) = NULL;
	enum exit_code code;

	if (!engine_launch(state, (int)cli_number(cli, "port", 0), &launched, &failure))
		return engine_fail(cli, EXIT_FAILED, &failure);
	progress.fd = launched.progress;
	code = progress_wait_ready(cli, &progress, state);
	if (code == EXIT_OK && progress.adopted)
		cli_note(cli, "took over %d processes that were running", progress.adopted);
	if (code == EXIT_OK)
		code = context_keep(cli, state, &name);
	if (code == EXIT_OK)
		emit(cli, state, name, "up");
	if (code == EXIT_OK && !cli_has(cli, "detach"))
		code = stay(cli, state, &progress);
	close(progress.fd);
	buf_free(&progress.buf);
	if (progress.failed && state_is_locked(state) && state_lock_holder(state) != launched.pid)
		return join(cli, state);
	return code;
}

/*
 * An engine of an older version makes way for ours, as if it had been killed: everything goes on
 * serving, and the new one takes over, saves, migrates and rolls.
 */
static bool make_way(struct cli *cli, const struct state *state, const json_t *status)
{
	const json_t *engine = json_object_get(status, "engine");
	const char *version = json_get_string(engine, "version", PACKAGE_VERSION);
	pid_t pid = (pid_t)json_get_int(engine, "pid", 0);
	int64_t deadline = clock_mono_ms() + ANSWER_WAIT_MS;

	if (version_compare(version, PACKAGE_VERSION) >= 0 || pid <= 0 ||
	    pid != state_lock_holder(state))
		return false;
	cli_note(cli, "upgrading from version %s to %s", version, PACKAGE_VERSION);
	kill(pid, SIGKILL);
	while (state_is_locked(state) && clock_mono_ms() < deadline)
		poll(NULL, 0, 10);
	return !state_is_locked(state);
}

enum exit_code engine_up(struct cli *cli)
{
	struct state *state = engine_find(cli);
	json_t *status scoped(scoped_json) = NULL;
	enum exit_code code;

	if (!state)
		return cli_exit(cli);
	status = wait_answer(cli, state);
	if (status && !make_way(cli, state, status))
		code = already_up(cli, state, status);
	else if (state_is_locked(state))
		code = cli_fail(cli, EXIT_UNAVAILABLE, "ecomctl status; ecomctl down",
				"an engine runs the state in %s, but does not answer", state->dir);
	else
		code = start(cli, state);
	state_free(state);
	return code;
}
