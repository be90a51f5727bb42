/* Flags: the global ones, kinds of values, looking up what was given. */
#include <stdlib.h>

#include "ecomctl/cli.h"
#include "lib/base/str.h"

static const char *const color_choices[] = { "auto", "always", "never", NULL };

enum { TIMEOUT_MOST_MS = 3600000 };

const struct flag global_flags[] = {
	{ "context", 'C', FLAG_TEXT, "NAME", "the shop to work with, instead of the current one" },
	{ "output", 'o', FLAG_CHOICE, "FORMAT", "how to write what comes out",
	  .choices = output_formats },
	{ "fields", 0, FLAG_TEXT, "A,B", "only these fields, in this order; empty lists them" },
	{ "limit", 0, FLAG_NUMBER, "N", "at most N of a list; 0: all", .max = INT32_MAX },
	{ "quiet", 'q', FLAG_SWITCH, NULL, "only the names, and no notes" },
	{ "verbose", 'v', FLAG_SWITCH, NULL, "a line on stderr for each request", .repeat = true },
	{ "color", 0, FLAG_CHOICE, "WHEN", "when to use colours", .choices = color_choices },
	{ "no-headers", 0, FLAG_SWITCH, NULL, "no heading above tables and CSV" },
	{ "no-input", 0, FLAG_SWITCH, NULL, "never ask" },
	{ "yes", 'y', FLAG_SWITCH, NULL, "answer yes to what would be asked" },
	{ "confirm", 0, FLAG_TEXT, "NAME", "the name that would have to be typed" },
	{ "request-timeout", 0, FLAG_DURATION, "TIME", "longest wait for one answer", .min = 1,
	  .max = TIMEOUT_MOST_MS },
	{ "help", 'h', FLAG_SWITCH, NULL, "explain the command" },
	{ "version", 0, FLAG_SWITCH, NULL, "name and version" },
	{ 0 },
};

bool flag_takes_value(const struct flag *flag)
{
	return flag->type != FLAG_SWITCH;
}

const char *flag_value_name(const struct flag *flag)
{
	static const char *const names[] = {
		[FLAG_SWITCH] = "",       [FLAG_TEXT] = "TEXT",      [FLAG_NUMBER] = "N",
		[FLAG_DURATION] = "TIME", [FLAG_MONEY] = "MONEY",    [FLAG_CHOICE] = "WORD",
		[FLAG_TRUTH] = "yes|no",  [FLAG_PAIR] = "KEY=VALUE", [FLAG_FILE] = "FILE",
		[FLAG_FOLDER] = "FOLDER",
	};

	return flag->value ? flag->value : names[flag->type];
}

const struct flag *flag_find(const struct flag *flags, const char *name, char letter)
{
	for (; flags && flags->name; flags++) {
		if (name ? str_eq(flags->name, name) : letter && flags->letter == letter)
			return flags;
	}
	return NULL;
}

/* The n-th time it was given; a flag that no table has is a bug. */
static const struct given *given_find(const struct cli *cli, const char *name, size_t index)
{
	if (!flag_find(global_flags, name, 0) && !flag_find(cli->command->flags, name, 0))
		abort();
	for (size_t i = 0; i < cli->ngiven; i++) {
		if (str_eq(cli->given[i].flag->name, name) && index-- == 0)
			return &cli->given[i];
	}
	return NULL;
}

static const struct given *given_last(const struct cli *cli, const char *name)
{
	const struct given *last = NULL;

	for (size_t i = 0; i < cli->ngiven; i++) {
		if (str_eq(cli->given[i].flag->name, name))
			last = &cli->given[i];
	}
	return last ? last : given_find(cli, name, 0);
}

bool cli_has(const struct cli *cli, const char *flag)
{
	return given_last(cli, flag);
}

const char *cli_text(const struct cli *cli, const char *flag)
{
	const struct given *given = given_last(cli, flag);

	return given ? given->value : NULL;
}

int64_t cli_number(const struct cli *cli, const char *flag, int64_t fallback)
{
	const struct given *given = given_last(cli, flag);

	return given ? given->number : fallback;
}

const char *cli_value(const struct cli *cli, const char *flag, size_t index)
{
	const struct given *given = given_find(cli, flag, index);

	return given ? given->value : NULL;
}

const char *cli_argument(const struct cli *cli, size_t index)
{
	return index < cli->nargs ? cli->args[index] : NULL;
}

size_t cli_argument_count(const struct cli *cli)
{
	return cli->nargs;
}
