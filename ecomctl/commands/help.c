/* help, version, completion. */
#include "ecomctl/help.h"

#include <stdlib.h>

#include "ecomctl/cli.h"
#include "ecomctl/commands/commands.h"
#include "ecomctl/commands/text.h"
#include "lib/base/json.h"
#include "lib/base/str.h"

const struct column text_columns[] = { { "name", COLUMN_TEXT }, { "text", COLUMN_TEXT, 1 }, { 0 } };

void emit_text(struct cli *cli, const char *name, const char *text)
{
	json_t *record scoped(scoped_json) = NULL;

	if (cli_is_table(cli) && !cli_has(cli, "fields")) {
		output_raw(cli_output(cli), text, strlen(text));
		return;
	}
	record = json_pack("{s:s, s:s}", "name", name, "text", text);
	cli_emit(cli, OUTPUT_ONE, record);
}

static char *text_of_topic(const char *word)
{
	for (const struct help_topic *topic = help_topics; topic->name; topic++) {
		if (str_eq(topic->name, word))
			return topic->text();
	}
	return NULL;
}

static enum exit_code fail_no_help(struct cli *cli, const char *word)
{
	return cli_fail(cli, EXIT_USAGE, "ecomctl help", "there is no help on \"%s\"", word);
}

/* "product list", "list product", "product", "login" or a topic. NULL after a failure. */
static char *text_of_words(struct cli *cli, const char *first, const char *second)
{
	const struct noun *noun = noun_find(first);
	const struct command *command;
	char *text = second ? NULL : text_of_topic(first);

	if (text)
		return text;
	if (!noun && second && noun_find(second)) {
		noun = noun_find(second);
		second = first;
	}
	if (!noun)
		command = command_find_alone(first, &noun);
	else if (second)
		command = command_find(noun, second);
	else
		return help_of_noun(noun);
	if (command)
		return help_of_command(noun, command);
	fail_no_help(cli, second ? second : first);
	return NULL;
}

static enum exit_code help_json(struct cli *cli)
{
	json_t *tree scoped(scoped_json) = tree_json();
	char *text scoped(scoped_free) = json_dumps(tree, JSON_INDENT(2));

	output_raw(cli_output(cli), text, strlen(text));
	output_raw(cli_output(cli), "\n", 1);
	return EXIT_OK;
}

static enum exit_code help_run(struct cli *cli)
{
	const char *first = cli_argument(cli, 0);
	char *text scoped(scoped_free) = NULL;

	if (cli_has(cli, "json"))
		return help_json(cli);
	if (cli_has(cli, "man"))
		text = manual_page();
	else
		text = first ? text_of_words(cli, first, cli_argument(cli, 1)) : help_overview();
	if (text)
		emit_text(cli, first ? first : "ecomctl", text);
	return cli_exit(cli);
}

static const struct column version_columns[] = { { "name", COLUMN_TEXT },
						 { "version", COLUMN_TEXT, 1 },
						 { 0 } };

static enum exit_code version_run(struct cli *cli)
{
	json_t *record scoped(scoped_json) = json_pack("{s:s, s:s}", "name", "ecomctl", "version",
						       PACKAGE_VERSION);

	cli_emit(cli, OUTPUT_ONE, record);
	return EXIT_OK;
}

static enum exit_code completion_run(struct cli *cli)
{
	char *text scoped(scoped_free) = NULL;

	if (!str_eq(cli_argument(cli, 0), "bash"))
		return cli_fail(cli, EXIT_USAGE, "ecomctl completion bash",
				"there is no completion for \"%s\"", cli_argument(cli, 0));
	text = completion_bash();
	emit_text(cli, "bash", text);
	return EXIT_OK;
}

static const struct argument help_args[] = {
	{ "WORD", "a command, or flags, exit-codes, environment", .optional = true, .many = true },
	{ 0 }
};
static const struct flag help_flags[] = {
	{ "json", 0, FLAG_SWITCH, NULL, "the whole command tree as JSON" },
	{ "man", 0, FLAG_SWITCH, NULL, "the manual page, in mdoc" },
	{ 0 },
};
static const struct argument shell_args[] = { { "SHELL", "bash" }, { 0 } };

const struct command help_commands[] = {
	{ "help", "Explain commands", help_run, help_args, help_flags, text_columns, "name",
	  EXAMPLES("ecomctl help product import", "ecomctl help exit-codes") },
	{ "version", "Show the version", version_run, NULL, NULL, version_columns, "version",
	  EXAMPLES("ecomctl version") },
	{ "completion", "Write a completion script for the shell", completion_run, shell_args, NULL,
	  text_columns, "name",
	  EXAMPLES("ecomctl completion bash > "
		   "~/.local/share/bash-completion/completions/ecomctl") },
	{ 0 },
};
