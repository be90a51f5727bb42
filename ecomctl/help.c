/* Help: examples first, then usage, flags and fields. */
#include "ecomctl/help.h"

#include <stdlib.h>

#include "ecomctl/cli.h"
#include "lib/base/buf.h"

enum { FLAG_COLUMN = 26, NAME_COLUMN = 12 };

static void add_flag(struct buf *out, const struct flag *flag)
{
	char *left scoped(scoped_free) = NULL;
	const char *value = flag_takes_value(flag) ? flag_value_name(flag) : "";

	left = flag->letter ? xasprintf("-%c, --%s %s", flag->letter, flag->name, value)
			    : xasprintf("    --%s %s", flag->name, value);
	buf_addf(out, "  %-*s %s", FLAG_COLUMN, left, flag->help);
	for (size_t i = 0; flag->choices && flag->choices[i]; i++)
		buf_addf(out, "%s%s", i ? ", " : ": ", flag->choices[i]);
	buf_addc(out, '\n');
}

static void add_flags(struct buf *out, const char *title, const struct flag *flags)
{
	if (!flags || !flags->name)
		return;
	buf_addf(out, "\n%s:\n", title);
	for (; flags->name; flags++)
		add_flag(out, flags);
}

static void add_commands(struct buf *out, const struct noun *noun)
{
	for (const struct command *command = noun->commands; command->verb; command++) {
		if (!command->hidden)
			buf_addf(out, "  %-*s %s\n", NAME_COLUMN, command->verb, command->brief);
	}
}

static void add_aliases(struct buf *out, const struct noun *noun)
{
	for (size_t i = 0; noun->aliases && noun->aliases[i]; i++)
		buf_addf(out, "%s%s", i ? ", " : "\nShort names: ", noun->aliases[i]);
	if (noun->aliases)
		buf_addc(out, '\n');
}

char *help_of_command(const struct noun *noun, const struct command *command)
{
	char *path scoped(scoped_free) = command_path(noun, command);
	char *synopsis scoped(scoped_free) = command_synopsis(command);
	struct buf out = BUF_INIT(0);

	buf_addf(&out, "%s - %s\n\nExamples:\n", path, command->brief);
	for (size_t i = 0; command->examples[i]; i++)
		buf_addf(&out, "  %s\n", command->examples[i]);
	buf_addf(&out, "\nUsage:\n  %s%s%s%s\n", path, command->flags ? " [FLAGS]" : "",
		 *synopsis ? " " : "", synopsis);
	for (const struct argument *arg = command->args; arg && arg->name; arg++)
		buf_addf(&out, "  %-*s %s\n", FLAG_COLUMN, arg->name, arg->help);
	if (command->details) {
		buf_addc(&out, '\n');
		wrap_text(&out, command->details);
	}
	add_flags(&out, "Flags", command->flags);
	for (const struct column *column = command->columns; column && column->name; column++)
		buf_addf(&out, "%s%s", column == command->columns ? "\nFields: " : ", ",
			 column->name);
	if (command->columns)
		buf_addc(&out, '\n');
	buf_adds(&out, "\nFlags of all commands: ecomctl help flags\n");
	return buf_steal(&out);
}

char *help_of_noun(const struct noun *noun)
{
	struct buf out = BUF_INIT(0);

	buf_addf(&out, "ecomctl %s - %s\n\nExamples:\n", noun->name, noun->brief);
	for (const struct command *command = noun->commands; command->verb; command++)
		buf_addf(&out, "  %s\n", command->examples[0]);
	buf_adds(&out, "\nCommands:\n");
	add_commands(&out, noun);
	add_aliases(&out, noun);
	buf_addf(&out, "\nMore: ecomctl help %s COMMAND\n", noun->name);
	return buf_steal(&out);
}

char *help_overview(void)
{
	struct buf out = BUF_INIT(0);

	buf_adds(&out, "ecomctl - a whole shop from the terminal\n\n"
		       "Examples:\n"
		       "  ecomctl up -d\n"
		       "  ecomctl product list --status active\n"
		       "  ecomctl product update MUG-1 --price 19.99EUR\n"
		       "  ecomctl product import products.csv --rejects bad.csv\n");
	for (const struct noun *noun = command_tree; noun->commands; noun++) {
		if (!noun->commands->verb)
			continue;
		if (noun->name)
			buf_addf(&out, "\necomctl %s: %s\n", noun->name, noun->brief);
		else if (noun->brief)
			buf_addf(&out, "\n%s\n", noun->brief);
		add_commands(&out, noun);
	}
	buf_adds(&out, "\nHelp on:\n");
	for (const struct help_topic *topic = help_topics; topic->name; topic++)
		buf_addf(&out, "  %-*s %s\n", NAME_COLUMN, topic->name, topic->brief);
	buf_adds(&out, "\nMore: ecomctl help COMMAND, man ecomctl\n");
	return buf_steal(&out);
}

const struct exit_meaning exit_meanings[] = {
	{ EXIT_OK, "done" },
	{ EXIT_FAILED, "failed, or differences were found" },
	{ EXIT_USAGE, "the command line is wrong, or input is needed and nobody can be asked" },
	{ EXIT_NOT_FOUND, "it does not exist" },
	{ EXIT_LOGIN, "login is needed or has ended" },
	{ EXIT_FORBIDDEN, "not allowed" },
	{ EXIT_CONFLICT, "conflict: somebody else changed it, or it exists already" },
	{ EXIT_INVALID, "a value is not valid" },
	{ EXIT_PENDING, "still under way when the wait ended" },
	{ EXIT_PARTIAL, "partly done: some rows were rejected" },
	{ EXIT_UNAVAILABLE, "server or network not available; the same call may succeed later" },
	{ EXIT_RATE_LIMITED, "too many requests" },
	{ EXIT_INTERRUPTED, "interrupted by Ctrl-C" },
	{ 0, NULL },
};

const struct variable environment_variables[] = {
	{ "ECOM_LIBEXECDIR", "where the daemons are, instead of the place they were installed in" },
	{ "NO_COLOR", "not empty: no colours" },
	{ "CLICOLOR_FORCE, FORCE_COLOR", "not empty and not 0: colours without a terminal too" },
	{ "COLUMNS", "width of tables, instead of the terminal's" },
	{ "XDG_CONFIG_HOME", "folder of ecomctl/config.yaml with the contexts; default ~/.config" },
	{ "XDG_STATE_HOME", "folder of ecomctl/credentials.json (0600); default ~/.local/state" },
	{ "HTTPS_PROXY, NO_PROXY", "proxy for servers elsewhere" },
	{ "SSL_CERT_FILE", "certificates to trust, instead of the system's" },
	{ NULL, NULL },
};

static char *text_of_exit_codes(void)
{
	struct buf out = BUF_INIT(0);

	buf_adds(&out, "Exit codes of every command:\n\n");
	for (const struct exit_meaning *row = exit_meanings; row->meaning; row++)
		buf_addf(&out, "  %-4d %s\n", (int)row->code, row->meaning);
	buf_adds(&out, "\nWith -o json the error on stderr has the code as \"exit\".\n");
	return buf_steal(&out);
}

static char *text_of_environment(void)
{
	struct buf out = BUF_INIT(0);

	buf_adds(&out,
		 "The global flags as ECOMCTL_ and their name, such as ECOMCTL_CONTEXT=prod,\n"
		 "ECOMCTL_OUTPUT=json, ECOMCTL_NO_INPUT=1. The command line wins.\n\n");
	for (const struct variable *row = environment_variables; row->name; row++)
		buf_addf(&out, "  %-28s %s\n", row->name, row->meaning);
	return buf_steal(&out);
}

static char *text_of_flags(void)
{
	struct buf out = BUF_INIT(0);

	buf_adds(&out, "Flags stand before or after the command; -- ends them.\n");
	add_flags(&out, "Flags of all commands", global_flags);
	return buf_steal(&out);
}

const struct help_topic help_topics[] = {
	{ "flags", "flags that every command has", text_of_flags },
	{ "exit-codes", "what the exit code means", text_of_exit_codes },
	{ "environment", "variables that are read", text_of_environment },
	{ 0 },
};
