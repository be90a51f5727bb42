/* Values of flags: checked while the command line is read, before anything is done. */
#include <stdlib.h>

#include "ecomctl/cli.h"
#include "lib/base/buf.h"
#include "lib/base/money.h"
#include "lib/base/str.h"

static bool is_choice(const struct flag *flag, const char *value)
{
	for (size_t i = 0; flag->choices[i]; i++) {
		if (str_eq(flag->choices[i], value))
			return true;
	}
	return false;
}

static void check_choice(struct cli *cli, const struct flag *flag, const char *value)
{
	struct buf all = BUF_INIT(0);
	char *hint scoped(scoped_free) = NULL;
	const char *near;

	if (is_choice(flag, value))
		return;
	for (size_t i = 0; flag->choices[i]; i++)
		buf_addf(&all, "%s%s", i ? ", " : "", flag->choices[i]);
	near = suggest(value, flag->choices);
	hint = near ? xasprintf("did you mean %s? one of %s", near, all.data)
		    : xasprintf("one of %s", all.data);
	buf_free(&all);
	cli_fail(cli, EXIT_USAGE, hint, "--%s cannot be \"%s\"", flag->name, value);
}

static void check_number(struct cli *cli, const struct flag *flag, struct given *given)
{
	bool any = !flag->min && !flag->max;
	int64_t min = any ? INT64_MIN : flag->min, max = any ? INT64_MAX : flag->max;
	char *hint scoped(scoped_free) = NULL;

	if (flag->type == FLAG_NUMBER && str_to_int(given->value, min, max, &given->number))
		return;
	if (flag->type == FLAG_DURATION && str_to_ms(given->value, &given->number) &&
	    given->number >= min && given->number <= max)
		return;
	if (!any)
		hint = xasprintf("from %lld to %lld%s", (long long)min, (long long)max,
				 flag->type == FLAG_DURATION ? " ms" : "");
	else
		hint = xstrdup(flag->type == FLAG_DURATION ? "such as 500ms, 30s or 5m"
							   : "a whole number");
	cli_fail(cli, EXIT_USAGE, hint, "--%s cannot be \"%s\"", flag->name, given->value);
}

void flag_check(struct cli *cli, struct given *given)
{
	const struct flag *flag = given->flag;
	struct money money;

	if (flag->nullable && str_eq(given->value, "none"))
		return;
	switch (flag->type) {
	case FLAG_NUMBER:
	case FLAG_DURATION:
		check_number(cli, flag, given);
		break;
	case FLAG_CHOICE:
		check_choice(cli, flag, given->value);
		break;
	case FLAG_MONEY:
		if (!money_parse(given->value, NULL, &money))
			cli_fail(cli, EXIT_USAGE, "an amount with its currency, such as 19.99EUR",
				 "--%s cannot be \"%s\"", flag->name, given->value);
		break;
	case FLAG_TRUTH:
		given->number = str_eq(given->value, "yes");
		if (!given->number && !str_eq(given->value, "no"))
			cli_fail(cli, EXIT_USAGE, "yes or no", "--%s cannot be \"%s\"", flag->name,
				 given->value);
		break;
	case FLAG_PAIR:
		if (!strchr(given->value, '=') || *given->value == '=')
			cli_fail(cli, EXIT_USAGE, "write KEY=VALUE", "--%s cannot be \"%s\"",
				 flag->name, given->value);
		break;
	case FLAG_SWITCH:
	case FLAG_TEXT:
	case FLAG_FILE:
	case FLAG_FOLDER:
		break;
	}
}
