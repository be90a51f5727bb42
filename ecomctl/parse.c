/*
 * The command line. Flags stand anywhere; words are the command, then its arguments. As the tree
 * is known, `ecomctl --status draft product list` works like the usual order.
 */
#include <ctype.h>
#include <stdlib.h>

#include "ecomctl/cli.h"
#include "lib/base/str.h"

enum { CANDIDATES_MAX = 128 };

struct candidates {
	const char *list[CANDIDATES_MAX + 1]; /* ends with NULL */
	size_t count;
};

struct parsing {
	struct cli *cli;
	char **argv;
	int argc, at;
	const char *first; /* the word before the command is known */
	bool broken;       /* no command can be found any more */
};

static void add_candidate(struct candidates *candidates, const char *name)
{
	if (candidates->count < CANDIDATES_MAX)
		candidates->list[candidates->count++] = name;
}

static void add_flags(struct candidates *candidates, const struct flag *flags)
{
	for (; flags && flags->name; flags++)
		add_candidate(candidates, flags->name);
}

static void add_all_flags(struct candidates *candidates)
{
	for (const struct noun *noun = command_tree; noun->commands; noun++) {
		for (const struct command *command = noun->commands; command->verb; command++)
			add_flags(candidates, command->flags);
	}
}

/* Before the command is known any command's flag will do; it is checked at the end. */
static const struct flag *find_flag(const struct cli *cli, const char *name, char letter)
{
	const struct flag *flag = flag_find(global_flags, name, letter);

	if (flag || cli->command)
		return flag ? flag : flag_find(cli->command->flags, name, letter);
	for (const struct noun *noun = command_tree; noun->commands; noun++) {
		for (const struct command *command = noun->commands; command->verb; command++) {
			flag = flag_find(command->flags, name, letter);
			if (flag)
				return flag;
		}
	}
	return NULL;
}

static void fail_unknown_flag(struct cli *cli, const char *dashes, const char *name)
{
	struct candidates known = { 0 };
	char *path scoped(scoped_free) = NULL, *hint scoped(scoped_free) = NULL;
	const char *near;

	add_flags(&known, global_flags);
	if (cli->command)
		add_flags(&known, cli->command->flags);
	else
		add_all_flags(&known);
	near = suggest(name, known.list);
	path = cli->command ? command_path(cli->noun, cli->command) : xstrdup("ecomctl");
	hint = near ? xasprintf("did you mean --%s?", near) : xasprintf("%s --help", path);
	cli_fail(cli, EXIT_USAGE, hint, "%s has no flag %s%s", path, dashes, name);
}

static void add_given(struct cli *cli, const struct flag *flag, const char *value)
{
	struct given *given;

	cli->given = xrealloc(cli->given, (cli->ngiven + 1) * sizeof(*cli->given));
	given = &cli->given[cli->ngiven++];
	*given = (struct given){ flag, value, 0 };
	if (value)
		flag_check(cli, given);
	cli->wants_help |= flag == flag_find(global_flags, "help", 0);
	cli->wants_version |= flag == flag_find(global_flags, "version", 0);
}

/* The value after the flag, whatever it looks like: `--stock -5`. */
static const char *next_value(struct parsing *parsing, const struct flag *flag)
{
	if (parsing->at + 1 < parsing->argc)
		return parsing->argv[++parsing->at];
	cli_fail(parsing->cli, EXIT_USAGE, NULL, "--%s needs a value: --%s %s", flag->name,
		 flag->name, flag_value_name(flag));
	return NULL;
}

static void take_long(struct parsing *parsing, const char *token)
{
	const char *equals = strchr(token, '=');
	char *name scoped(scoped_free) = xstrndup(token, strcspn(token, "="));
	const struct flag *flag = find_flag(parsing->cli, name, 0);
	const char *value = equals ? equals + 1 : NULL;

	if (!flag) {
		fail_unknown_flag(parsing->cli, "--", name);
		return;
	}
	if (value && !flag_takes_value(flag)) {
		cli_fail(parsing->cli, EXIT_USAGE, NULL, "--%s takes no value", name);
		return;
	}
	if (!value && flag_takes_value(flag)) {
		value = next_value(parsing, flag);
		if (!value)
			return;
	}
	add_given(parsing->cli, flag, value);
}

/* "-qo json", "-ojson": letters without a value, then one that takes the rest or what follows. */
static void take_letters(struct parsing *parsing, const char *letters)
{
	for (; *letters; letters++) {
		const struct flag *flag = find_flag(parsing->cli, NULL, *letters);
		const char *value = letters[1] ? letters + 1 : NULL;

		if (!flag) {
			char name[2] = { *letters };

			fail_unknown_flag(parsing->cli, "-", name);
			return;
		}
		if (!flag_takes_value(flag)) {
			add_given(parsing->cli, flag, NULL);
			continue;
		}
		if (value && *value == '=')
			value++;
		if (!value)
			value = next_value(parsing, flag);
		if (value)
			add_given(parsing->cli, flag, value);
		return;
	}
}

static bool is_verb(const char *word)
{
	for (const struct noun *noun = command_tree; noun->commands; noun++) {
		if (noun->name && command_find(noun, word))
			return true;
	}
	return false;
}

static void fail_unknown_word(struct parsing *parsing, const char *word)
{
	struct candidates known = { 0 };
	char *hint scoped(scoped_free) = NULL;
	const char *near;

	for (const struct noun *noun = command_tree; noun->commands; noun++) {
		if (noun->name)
			add_candidate(&known, noun->name);
		for (const struct command *command = noun->commands; !noun->name && command->verb;
		     command++)
			add_candidate(&known, command->verb);
	}
	near = suggest(word, known.list);
	hint = near ? xasprintf("did you mean ecomctl %s?", near) : xstrdup("ecomctl help");
	cli_fail(parsing->cli, EXIT_USAGE, hint, "there is no command \"%s\"", word);
	parsing->broken = true;
}

static void fail_unknown_verb(struct parsing *parsing, const struct noun *noun, const char *verb)
{
	static const struct {
		const char *typed, *meant;
	} habits[] = { { "ls", "list" },       { "show", "get" },   { "view", "describe" },
		       { "add", "create" },    { "new", "create" }, { "edit", "update" },
		       { "set", "update" },    { "rm", "archive" }, { "delete", "archive" },
		       { "remove", "archive" } };
	struct candidates known = { 0 };
	char *hint scoped(scoped_free) = NULL;
	const char *near;

	for (const struct command *command = noun->commands; command->verb; command++)
		add_candidate(&known, command->verb);
	near = suggest(verb, known.list);
	for (size_t i = 0; !near && i < array_size(habits); i++) {
		if (str_eq(habits[i].typed, verb) && command_find(noun, habits[i].meant))
			near = habits[i].meant;
	}
	hint = near ? xasprintf("did you mean ecomctl %s %s?", noun->name, near)
		    : xasprintf("ecomctl help %s", noun->name);
	cli_fail(parsing->cli, EXIT_USAGE, hint, "\"%s\" has no command \"%s\"", noun->name, verb);
	parsing->broken = true;
}

static void take_command_word(struct parsing *parsing, const char *word)
{
	struct cli *cli = parsing->cli;
	const struct noun *noun;

	if (parsing->first) { /* verb first: `get product` */
		noun = noun_find(word);
		if (!noun) {
			fail_unknown_word(parsing, word);
			return;
		}
		cli->noun = noun;
		cli->command = command_find(noun, parsing->first);
		if (!cli->command)
			fail_unknown_verb(parsing, noun, parsing->first);
		return;
	}
	if (cli->noun) {
		cli->command = command_find(cli->noun, word);
		if (!cli->command)
			fail_unknown_verb(parsing, cli->noun, word);
		return;
	}
	cli->noun = noun_find(word);
	if (cli->noun)
		return;
	cli->command = command_find_alone(word, &noun);
	if (cli->command)
		cli->noun = noun;
	else if (is_verb(word))
		parsing->first = word;
	else
		fail_unknown_word(parsing, word);
}

static void take_word(struct parsing *parsing, const char *word)
{
	struct cli *cli = parsing->cli;

	if (parsing->broken)
		return;
	if (!cli->command) {
		take_command_word(parsing, word);
		return;
	}
	cli->args = xrealloc(cli->args, (cli->nargs + 1) * sizeof(*cli->args));
	cli->args[cli->nargs++] = word;
}

/* Flags given before the command were looked up in all of the tree. */
static void check_flags(struct cli *cli)
{
	for (size_t i = 0; i < cli->ngiven; i++) {
		struct given *given = &cli->given[i];
		const char *name = given->flag->name;

		if (flag_find(global_flags, name, 0))
			continue;
		given->flag = flag_find(cli->command->flags, name, 0);
		if (!given->flag) {
			fail_unknown_flag(cli, "--", name);
			given->flag = global_flags;
		}
	}
	for (size_t i = 0; i < cli->ngiven; i++) {
		for (size_t j = 0; j < i; j++) {
			if (cli->given[i].flag == cli->given[j].flag &&
			    !cli->given[i].flag->repeat && flag_takes_value(cli->given[i].flag))
				cli_fail(cli, EXIT_USAGE, NULL, "--%s is given twice",
					 cli->given[i].flag->name);
		}
	}
}

static void check_arguments(struct cli *cli)
{
	char *path scoped(scoped_free) = command_path(cli->noun, cli->command);
	char *synopsis scoped(scoped_free) = command_synopsis(cli->command);
	char *hint scoped(scoped_free) = *synopsis ? xasprintf("%s %s", path, synopsis)
						   : xasprintf("%s --help", path);
	const struct argument *arg = cli->command->args;
	size_t count = 0;

	for (; arg && arg->name; arg++) {
		if (!arg->optional && count >= cli->nargs) {
			cli_fail(cli, EXIT_USAGE, hint, "%s needs %s: %s", path, arg->name,
				 arg->help);
			return;
		}
		if (arg->many)
			return;
		count++;
	}
	if (cli->nargs > count)
		cli_fail(cli, EXIT_USAGE, hint, "%s has no use for \"%s\"", path, cli->args[count]);
}

/* ECOMCTL_CONTEXT for --context and so on; what confirms must be typed each time. */
static void take_environment(struct cli *cli)
{
	static const char *const never[] = { "yes", "confirm", "help", "version", "fields" };

	for (const struct flag *flag = global_flags; flag->name; flag++) {
		char name[64] = "ECOMCTL_";
		bool skip = cli_has(cli, flag->name);
		const char *value;

		for (size_t i = 0; i < array_size(never); i++)
			skip |= str_eq(never[i], flag->name);
		for (size_t i = 0; flag->name[i]; i++)
			name[8 + i] = flag->name[i] == '-' ? '_' : (char)toupper(flag->name[i]);
		value = getenv(name);
		if (skip || !value || !*value || (!flag_takes_value(flag) && str_eq(value, "0")))
			continue;
		add_given(cli, flag, flag_takes_value(flag) ? value : NULL);
	}
}

static void check_command(struct parsing *parsing)
{
	struct cli *cli = parsing->cli;
	char *hint scoped(scoped_free) = NULL;

	if (parsing->broken)
		return;
	if (cli->command) {
		check_flags(cli);
		check_arguments(cli);
	} else if (cli->noun) {
		hint = xasprintf("ecomctl help %s", cli->noun->name);
		cli_fail(cli, EXIT_USAGE, hint, "\"%s\" needs a command, such as ecomctl %s %s",
			 cli->noun->name, cli->noun->name, cli->noun->commands->verb);
	} else if (parsing->first) {
		cli_fail(cli, EXIT_USAGE, "ecomctl help", "%s what?", parsing->first);
	} else if (!cli_exit(cli)) {
		cli->wants_help = true;
	}
}

void cli_parse(struct cli *cli, int argc, char **argv)
{
	struct parsing parsing = { .cli = cli, .argv = argv, .argc = argc, .at = 1 };
	bool only_words = false;

	for (; parsing.at < argc; parsing.at++) {
		const char *token = argv[parsing.at];

		if (only_words || token[0] != '-' || !token[1])
			take_word(&parsing, token);
		else if (str_eq(token, "--"))
			only_words = true;
		else if (token[1] == '-')
			take_long(&parsing, token + 2);
		else
			take_letters(&parsing, token + 1);
	}
	take_environment(cli);
	check_command(&parsing);
}
