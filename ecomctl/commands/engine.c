/* up, down, status, doctor: the shop on this machine. */
#include "ecomctl/commands/engine.h"

#include <stdlib.h>
#include <unistd.h>

#include "ecomctl/commands/commands.h"

#define FLAG_STATE                                                                   \
	{                                                                            \
		"state", 0, FLAG_FOLDER, "DIR", "the folder that the shop lives in", \
			.repeat = false                                              \
	}

static const struct flag up_flags[] = {
	{ "detach", 'd', FLAG_SWITCH, .help = "return when the shop is ready" },
	FLAG_STATE,
	{ "port", 0, FLAG_NUMBER, "N", "shop API on port N, admin on N+1, internal on N+2", 1,
	  65533 },
	{ 0 },
};

static const struct flag state_flags[] = {
	FLAG_STATE,
	{ 0 },
};

static const struct column up_columns[] = {
	{ "state", COLUMN_STATUS },
	{ "shop", COLUMN_TEXT },
	{ "admin", COLUMN_TEXT },
	{ "internal", COLUMN_TEXT },
	{ "folder", COLUMN_TEXT },
	{ "context", COLUMN_TEXT },
	{ 0 },
};

static const struct column down_columns[] = {
	{ "state", COLUMN_STATUS },
	{ "folder", COLUMN_TEXT },
	{ 0 },
};

static const struct column status_columns[] = {
	{ "instance", COLUMN_TEXT },
	{ "component", COLUMN_TEXT, .detail = true },
	{ "state", COLUMN_STATUS },
	{ "pid", COLUMN_NUMBER },
	{ "restarts", COLUMN_NUMBER, .priority = 2 },
	{ "uptime", COLUMN_DURATION, .priority = 1 },
	{ "memory", COLUMN_BYTES, .priority = 3 },
	{ "version", COLUMN_TEXT, .priority = 4 },
	{ "address", COLUMN_TEXT, .priority = 5 },
	{ "reason", COLUMN_TEXT, .detail = true },
	{ 0 },
};

static const struct column doctor_columns[] = {
	{ "result", COLUMN_STATUS },
	{ "check", COLUMN_TEXT },
	{ "detail", COLUMN_TEXT },
	{ "hint", COLUMN_TEXT, .detail = true },
	{ 0 },
};

static const char *const up_examples[] = { "ecomctl up", "ecomctl up -d",
					   "ecomctl up -d --state ~/second --port 9080", NULL };
static const char *const down_examples[] = { "ecomctl down", NULL };
static const char *const status_examples[] = { "ecomctl status", "ecomctl status -o json", NULL };
static const char *const doctor_examples[] = { "ecomctl doctor", NULL };

const struct command engine_commands[] = {
	{
		.verb = "up",
		.brief = "Start the shop on this machine",
		.run = engine_up,
		.flags = up_flags,
		.columns = up_columns,
		.identity = "context",
		.examples = up_examples,
		.details = "Makes the state folder at the first start, starts PostgreSQL, NATS, "
			   "HAProxy and the daemons, and keeps the administrator's credential in a "
			   "context. Without -d it stays in the foreground and Ctrl-C ends the "
			   "shop. A shop that runs is left as it is; one whose engine was killed "
			   "is taken over.",
	},
	{
		.verb = "down",
		.brief = "End the shop on this machine",
		.run = engine_down,
		.flags = state_flags,
		.columns = down_columns,
		.identity = "folder",
		.examples = down_examples,
	},
	{
		.verb = "status",
		.brief = "Show the engine and its processes",
		.run = engine_status,
		.flags = state_flags,
		.columns = status_columns,
		.identity = "instance",
		.examples = status_examples,
		.details = "Works when the gateway, userd or PostgreSQL do not. The exit code is 1 "
			   "when something is not ready. Memory is in bytes where it is not a "
			   "terminal.",
	},
	{
		.verb = "doctor",
		.brief = "Check this machine and its shop",
		.run = engine_doctor,
		.flags = state_flags,
		.columns = doctor_columns,
		.identity = "check",
		.examples = doctor_examples,
		.details = "The exit code is 1 when a check failed.",
	},
	{ 0 },
};

char *engine_default_folder(void)
{
	const char *home = getenv("HOME"), *folder = getenv("XDG_STATE_HOME");

	if (geteuid() == 0)
		return xstrdup("/var/lib/ecom");
	if (folder && *folder == '/')
		return xasprintf("%s/ecom", folder);
	return xasprintf("%s/.local/state/ecom", home ? home : "");
}

enum exit_code engine_fail(struct cli *cli, enum exit_code code, const struct failure *failure)
{
	return cli_fail(cli, code, *failure->hint ? failure->hint : NULL, "%s", failure->error);
}

void engine_use(struct cli *cli, const struct state *state)
{
	const struct context context = { .name = (char *)"local", .state = state->dir };

	cli_set_context(cli, &context);
}

bool engine_is_remote(struct cli *cli)
{
	const struct context *context = cli_has(cli, "state") ? NULL : cli_context_optional(cli);

	return context && context->server && !context->state;
}

struct state *engine_find(struct cli *cli)
{
	const char *folder = cli_text(cli, "state");
	const struct context *context = folder ? NULL : cli_context_optional(cli);
	char *usual scoped(scoped_free) = engine_default_folder();
	struct failure failure;
	struct state *state;

	if (context)
		folder = context->state;
	state = state_find(folder ? folder : usual, &failure);
	if (state)
		engine_use(cli, state);
	else
		engine_fail(cli, EXIT_USAGE, &failure);
	return state;
}

json_t *engine_ask(struct cli *cli, const struct state *state, const char *path)
{
	const struct api_request request = { .method = "GET", .path = path, .target = API_ENGINE };
	struct api *api = state_is_locked(state) ? cli_api(cli) : NULL;
	struct api_answer answer = { 0 };
	json_t *body = NULL;

	if (!api)
		return NULL;
	if (api_call(api, &request, &answer))
		body = json_incref(answer.body);
	api_answer_free(&answer);
	return body;
}
