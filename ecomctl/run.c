/* What a run works with: its context, its connection, emitting records. */
#include <signal.h>
#include <stdlib.h>

#include "ecomctl/cli.h"
#include "lib/base/json.h"
#include "lib/base/str.h"

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

bool cli_interrupted(void)
{
	static bool watching;

	/* From the first question on; a command that never asks dies of SIGINT at once. */
	if (!watching) {
		struct sigaction action = { .sa_handler = on_interrupt,
					    .sa_flags = (int)SA_RESETHAND };

		sigaction(SIGINT, &action, NULL);
		watching = true;
	}
	return interrupted;
}

static void fail_unknown_context(struct cli *cli, const struct contexts *contexts, const char *name)
{
	const char **names = xcalloc(contexts->count + 1, sizeof(*names));
	char *hint scoped(scoped_free) = NULL;
	const char *near;

	for (size_t i = 0; i < contexts->count; i++)
		names[i] = contexts->list[i].name;
	near = suggest(name, names);
	hint = near ? xasprintf("did you mean %s?", near) : xstrdup("ecomctl context list");
	cli_fail(cli, EXIT_USAGE, hint, "there is no context \"%s\"", name);
	free(names);
}

static void find_context(struct cli *cli)
{
	const char *name = cli_text(cli, "context");
	char *error scoped(scoped_free) = NULL, *warning scoped(scoped_free) = NULL;
	struct contexts contexts;
	const struct context *found;

	cli->context_state = CONTEXT_NONE;
	if (!contexts_load(&contexts, &error, &warning)) {
		cli_fail(cli, EXIT_FAILED, "repair or remove this file", "%s", error);
		return;
	}
	if (warning)
		cli_note(cli, "warning: %s", warning);
	found = contexts_find(&contexts, name);
	if (found) {
		cli->context = context_copy(found);
		cli->context_state = CONTEXT_FOUND;
	} else if (name || contexts.current) {
		fail_unknown_context(cli, &contexts, name ? name : contexts.current);
	}
	contexts_free(&contexts);
}

const struct context *cli_context_optional(struct cli *cli)
{
	if (cli->context_state == CONTEXT_UNKNOWN)
		find_context(cli);
	return cli->context_state == CONTEXT_FOUND ? &cli->context : NULL;
}

const struct context *cli_context(struct cli *cli)
{
	const struct context *context = cli_context_optional(cli);

	if (!context)
		cli_fail(cli, EXIT_USAGE,
			 "ecomctl up -d starts a shop here; or ecomctl context set NAME --server "
			 "URL, then ecomctl context use NAME",
			 "no shop is chosen");
	return context;
}

void cli_set_context(struct cli *cli, const struct context *context)
{
	struct context copy = context_copy(context);

	api_close(cli->api);
	cli->api = NULL;
	context_free(&cli->context);
	cli->context = copy;
	cli->context_state = CONTEXT_FOUND;
}

static void trace(void *data, const char *method, const char *path, int status, int64_t ms,
		  const char *request_id)
{
	cli_note(data, "%s %s %d %lld ms %s", method, path, status, (long long)ms,
		 request_id ? request_id : "-");
}

struct api *cli_api(struct cli *cli)
{
	const struct context *context = cli_context(cli);

	if (!context || cli->api)
		return context ? cli->api : NULL;
	cli->api = api_open(context);
	api_set_timeout(cli->api, cli_number(cli, "request-timeout", API_TIMEOUT_MS));
	if (cli_has(cli, "verbose"))
		api_set_trace(cli->api, trace, cli);
	return cli->api;
}

json_t *cli_call(struct cli *cli, const struct api_request *request)
{
	struct api *api = cli_api(cli);
	struct api_answer answer = { 0 };
	json_t *body = NULL;

	if (!api)
		return NULL;
	if (api_call(api, request, &answer))
		body = answer.body ? json_incref(answer.body) : json_null();
	else
		cli_fail_answer(cli, &answer);
	api_answer_free(&answer);
	return body;
}

const struct command *cli_command(const struct cli *cli)
{
	return cli->command;
}

struct output *cli_output(struct cli *cli)
{
	return cli->output;
}

void cli_emit(struct cli *cli, enum output_shape shape, const json_t *record)
{
	output_begin(cli->output, shape, cli->command->columns, cli->command->identity);
	output_record(cli->output, record);
	output_end(cli->output);
}

void cli_emit_list(struct cli *cli, const json_t *array)
{
	size_t i;
	const json_t *record;

	output_begin(cli->output, OUTPUT_LIST, cli->command->columns, cli->command->identity);
	json_array_foreach (array, i, record)
		output_record(cli->output, record);
	output_end(cli->output);
}

void cli_free(struct cli *cli)
{
	api_close(cli->api);
	context_free(&cli->context);
	cli_fail_forget(cli);
	free(cli->given);
	free(cli->args);
}
