/* context: list current use set rename delete. */
#include <stdlib.h>

#include "ecomctl/cli.h"
#include "ecomctl/commands/commands.h"
#include "lib/base/json.h"
#include "lib/base/str.h"
#include "lib/client/http.h"

static const struct column context_columns[] = {
	{ "name", COLUMN_TEXT, 0 },     { "current", COLUMN_BOOL, 1 },
	{ "server", COLUMN_TEXT, 1 },   { "shop", COLUMN_TEXT, 3 },
	{ "state", COLUMN_TEXT, 4 },    { "protected", COLUMN_BOOL, 2 },
	{ "readonly", COLUMN_BOOL, 2 }, { 0 },
};

static bool load(struct cli *cli, struct contexts *contexts)
{
	char *error scoped(scoped_free) = NULL, *warning scoped(scoped_free) = NULL;

	if (!contexts_load(contexts, &error, &warning)) {
		cli_fail(cli, EXIT_FAILED, "repair or remove this file", "%s", error);
		return false;
	}
	if (warning)
		cli_note(cli, "warning: %s", warning);
	return true;
}

static json_t *record_of(const struct contexts *contexts, const struct context *context)
{
	bool current = contexts->current && str_eq(contexts->current, context->name);

	return json_pack("{s:s, s:b, s:s?, s:s?, s:s?, s:b, s:b}", "name", context->name, "current",
			 current, "server", context->server, "shop", context->shop, "state",
			 context->state, "protected", context->guarded, "readonly",
			 context->readonly);
}

static void emit_context(struct cli *cli, const char *name)
{
	struct contexts contexts;
	const struct context *context;

	if (!load(cli, &contexts))
		return;
	context = contexts_find(&contexts, name);
	if (context) {
		json_t *record scoped(scoped_json) = record_of(&contexts, context);

		cli_emit(cli, OUTPUT_ONE, record);
	}
	contexts_free(&contexts);
}

static enum exit_code list_run(struct cli *cli)
{
	json_t *list scoped(scoped_json) = json_array();
	struct contexts contexts;

	if (!load(cli, &contexts))
		return cli_exit(cli);
	for (size_t i = 0; i < contexts.count; i++)
		json_array_append_new(list, record_of(&contexts, &contexts.list[i]));
	contexts_free(&contexts);
	cli_emit_list(cli, list);
	return EXIT_OK;
}

static enum exit_code current_run(struct cli *cli)
{
	const struct context *context = cli_context(cli);

	if (context)
		emit_context(cli, context->name);
	return cli_exit(cli);
}

/* A missing context is exit code 3, with the nearest name. */
static bool must_exist(struct cli *cli, const char *name)
{
	struct contexts contexts;
	const char **names;
	const char *near;
	char *hint scoped(scoped_free) = NULL;
	bool found;

	if (!load(cli, &contexts))
		return false;
	found = contexts_find(&contexts, name);
	names = xcalloc(contexts.count + 1, sizeof(*names));
	for (size_t i = 0; i < contexts.count; i++)
		names[i] = contexts.list[i].name;
	near = suggest(name, names);
	hint = near ? xasprintf("did you mean %s?", near) : xstrdup("ecomctl context list");
	if (!found)
		cli_fail(cli, EXIT_NOT_FOUND, hint, "there is no context \"%s\"", name);
	free(names);
	contexts_free(&contexts);
	return found;
}

static enum exit_code use_run(struct cli *cli)
{
	const char *name = cli_argument(cli, 0);
	char *error scoped(scoped_free) = NULL;

	if (!must_exist(cli, name))
		return cli_exit(cli);
	if (!context_use(name, &error))
		return cli_fail(cli, EXIT_FAILED, NULL, "%s", error);
	emit_context(cli, name);
	return cli_exit(cli);
}

static bool is_url(const char *text)
{
	return (str_has_prefix(text, "http://") || str_has_prefix(text, "https://")) &&
	       !strpbrk(text, " \t\r\n@?#");
}

static bool take_text(struct cli *cli, const char *flag, char **place, bool url)
{
	const char *value = cli_text(cli, flag);

	if (!value)
		return true;
	if (url && *value && !is_url(value)) {
		cli_fail(cli, EXIT_USAGE, "such as https://shop.example:8081",
			 "--%s cannot be \"%s\"", flag, value);
		return false;
	}
	free(*place);
	*place = *value ? xstrdup(value) : NULL;
	return true;
}

static bool take_truth(struct cli *cli, const char *flag, bool *place)
{
	*place = cli_number(cli, flag, *place);
	return true;
}

static bool apply_flags(struct cli *cli, struct context *context)
{
	return take_text(cli, "server", &context->server, true) &&
	       take_text(cli, "shop", &context->shop, true) &&
	       take_text(cli, "state", &context->state, false) &&
	       take_truth(cli, "protected", &context->guarded) &&
	       take_truth(cli, "readonly", &context->readonly);
}

/* Tokens and passwords go with the calls. */
static void warn_cleartext(struct cli *cli, const char *url)
{
	if (!cli_exit(cli) && url && str_has_prefix(url, "http://") && !http_is_loopback(url))
		cli_note(cli, "warning: what goes to %s is not encrypted, passwords and tokens too",
			 url);
}

static enum exit_code set_run(struct cli *cli)
{
	const char *name = cli_argument(cli, 0);
	char *error scoped(scoped_free) = NULL;
	struct contexts contexts;
	struct context context;
	const struct context *before;

	if (!context_name_is_valid(name))
		return cli_fail(cli, EXIT_USAGE, "letters, digits, '.', '_' and '-'",
				"\"%s\" is no context name", name);
	if (!load(cli, &contexts))
		return cli_exit(cli);
	before = contexts_find(&contexts, name);
	context = before ? context_copy(before) : (struct context){ .name = xstrdup(name) };
	contexts_free(&contexts);
	if (apply_flags(cli, &context)) {
		if (!context.server && !context.state)
			cli_fail(cli, EXIT_USAGE, "add --server URL",
				 "a new context needs a server");
		else if (!context_store(&context, NULL, &error))
			cli_fail(cli, EXIT_FAILED, NULL, "%s", error);
		else
			emit_context(cli, name);
		warn_cleartext(cli, context.server);
		warn_cleartext(cli, context.shop);
	}
	context_free(&context);
	return cli_exit(cli);
}

static enum exit_code rename_run(struct cli *cli)
{
	const char *to = cli_argument(cli, 1);
	char *error scoped(scoped_free) = NULL;

	if (!must_exist(cli, cli_argument(cli, 0)))
		return cli_exit(cli);
	if (!context_rename(cli_argument(cli, 0), to, &error))
		return cli_fail(cli, EXIT_CONFLICT, NULL, "%s", error);
	emit_context(cli, to);
	return cli_exit(cli);
}

static enum exit_code delete_run(struct cli *cli)
{
	const char *name = cli_argument(cli, 0);
	char *error scoped(scoped_free) = NULL;
	json_t *record scoped(scoped_json) = NULL;

	if (!must_exist(cli, name) ||
	    cli_confirm(cli, "delete context %s with its credentials", name))
		return cli_exit(cli);
	if (!context_delete(name, &error))
		return cli_fail(cli, EXIT_FAILED, NULL, "%s", error);
	record = json_pack("{s:s}", "name", name);
	cli_emit(cli, OUTPUT_ONE, record);
	return cli_exit(cli);
}

static const struct argument one_name[] = { { "NAME", "the context" }, { 0 } };
static const struct argument two_names[] = { { "NAME", "the context" },
					     { "NEW", "its new name" },
					     { 0 } };
static const struct flag set_flags[] = {
	{ "server", 0, FLAG_TEXT, "URL", "of the admin API" },
	{ "shop", 0, FLAG_TEXT, "URL", "of the shop API" },
	{ "state", 0, FLAG_FOLDER, NULL, "its state folder, when it runs on this machine" },
	{ "protected", 0, FLAG_TRUTH, NULL, "ask for its name before destructive writes" },
	{ "readonly", 0, FLAG_TRUTH, NULL, "never write" },
	{ 0 },
};

const struct command context_commands[] = {
	{ "list", "List contexts", list_run, NULL, NULL, context_columns, "name",
	  EXAMPLES("ecomctl context list") },
	{ "current", "Show the context in use", current_run, NULL, NULL, context_columns, "name",
	  EXAMPLES("ecomctl context current -o name") },
	{ "use", "Choose a context", use_run, one_name, NULL, context_columns, "name",
	  EXAMPLES("ecomctl context use prod") },
	{ "set", "Add or change a context", set_run, one_name, set_flags, context_columns, "name",
	  EXAMPLES("ecomctl context set prod --server https://shop.example:8081 --protected yes",
		   "ecomctl context set prod --readonly yes") },
	{ "rename", "Rename a context", rename_run, two_names, NULL, context_columns, "name",
	  EXAMPLES("ecomctl context rename prod production") },
	{ "delete", "Forget a context and its credentials", delete_run, one_name, NULL,
	  context_columns, "name", EXAMPLES("ecomctl context delete test --yes") },
	{ 0 },
};
