/* ecomctl: a whole shop from the terminal. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ecomctl/cli.h"
#include "ecomctl/help.h"
#include "ecomctl/output/format.h"
#include "lib/base/str.h"
#include "lib/term/color.h"
#include "lib/term/prompt.h"

static void open_output(struct cli *cli)
{
	const char *format = cli_text(cli, "output"), *fields = cli_text(cli, "fields");
	struct output_options options = {
		.format = output_format_find(format           ? format
					     : cli_quiet(cli) ? "name"
							      : "table"),
		.fields = fields ? xstrdup(fields) : NULL,
		.terminal = isatty(STDOUT_FILENO),
		.headings = !cli_has(cli, "no-headers"),
		.colors = color_enabled(cli_text(cli, "color"), STDOUT_FILENO),
		.fd = STDOUT_FILENO,
	};

	if (!options.format) /* the failure about it is recorded */
		options.format = &output_table;
	if (options.terminal)
		options.width = term_columns(STDOUT_FILENO);
	cli->output = output_open(&options);
}

static enum exit_code print_help(struct cli *cli)
{
	char *text scoped(scoped_free) = cli->command ? help_of_command(cli->noun, cli->command)
					 : cli->noun  ? help_of_noun(cli->noun)
						      : help_overview();

	output_raw(cli->output, text, strlen(text));
	return EXIT_OK;
}

/* `--fields ''` and a wrong field both tell what there is. */
static bool fields_end_it(struct cli *cli)
{
	const char *fields = cli_text(cli, "fields");
	const struct column *columns = cli->command->columns;
	char *unknown scoped(scoped_free) = NULL, *hint scoped(scoped_free) = NULL;
	const char *names[OUTPUT_COLUMNS_MAX + 1] = { NULL }, *near;

	if (!fields || !columns)
		return false;
	for (size_t i = 0; columns[i].name; i++)
		names[i] = columns[i].name;
	if (!*fields) {
		for (size_t i = 0; names[i]; i++) {
			output_raw(cli->output, names[i], strlen(names[i]));
			output_raw(cli->output, "\n", 1);
		}
		return true;
	}
	if (output_fields_check(fields, columns, &unknown))
		return false;
	near = suggest(unknown, names);
	hint = near ? xasprintf("did you mean %s? --fields '' lists all", near)
		    : xstrdup("--fields '' lists all");
	cli_fail(cli, EXIT_USAGE, hint, "there is no field \"%s\"", unknown);
	return true;
}

/* The rules that come with a row: who may write where, and who is asked before. */
static bool may_run(struct cli *cli)
{
	const struct command *command = cli->command;
	const struct context *context;

	if (!command->writes)
		return true;
	context = cli_context_optional(cli);
	if (!context)
		return !cli_exit(cli);
	if (context->readonly) {
		cli_fail(cli, EXIT_FORBIDDEN, "choose another with --context",
			 "context \"%s\" is read-only", context->name);
		return false;
	}
	if (context->guarded || isatty(STDERR_FILENO))
		cli_note(cli, "context=%s", context->name);
	return !(command->destructive && context->guarded) ||
	       cli_confirm_name(cli, context->name, "%s is protected", context->name) == EXIT_OK;
}

static enum exit_code run(struct cli *cli)
{
	if (cli->wants_version) {
		static const char text[] = "ecomctl " PACKAGE_VERSION "\n";

		output_raw(cli->output, text, sizeof(text) - 1);
		return EXIT_OK;
	}
	if (cli->wants_help)
		return print_help(cli);
	if (cli_exit(cli) || fields_end_it(cli) || !may_run(cli))
		return cli_exit(cli);
	return cli->command->run(cli);
}

int main(int argc, char **argv)
{
	struct cli cli = { 0 };
	enum exit_code code;

	cli_parse(&cli, argc, argv);
	open_output(&cli);
	code = run(&cli);
	if (!output_close(cli.output))
		code = cli_fail(&cli, EXIT_FAILED, NULL, "stdout cannot be written: %m");
	if (cli_exit(&cli) && !(cli.wants_help || cli.wants_version))
		cli_print_failure(&cli);
	cli_free(&cli);
	return (int)code;
}
