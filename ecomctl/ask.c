/* Notes and questions: all on stderr, none without a terminal. */
#include <stdarg.h>
#include <stdlib.h>

#include "ecomctl/cli.h"
#include "lib/base/buf.h"
#include "lib/base/str.h"
#include "lib/term/escape.h"
#include "lib/term/prompt.h"

bool cli_quiet(const struct cli *cli)
{
	return cli_has(cli, "quiet");
}

bool cli_is_table(const struct cli *cli)
{
	const char *format = cli_text(cli, "output");

	return !cli_quiet(cli) && (!format || str_eq(format, "table"));
}

bool cli_may_ask(const struct cli *cli)
{
	return !cli_has(cli, "no-input") && prompt_possible();
}

void cli_note(struct cli *cli, const char *format, ...)
{
	char *text scoped(scoped_free) = NULL, *safe scoped(scoped_free) = NULL;
	va_list args;

	if (cli_quiet(cli))
		return;
	va_start(args, format);
	text = xvasprintf(format, args);
	va_end(args);
	safe = term_escaped(text);
	fprintf(stderr, "%s\n", safe);
}

enum exit_code cli_confirm(struct cli *cli, const char *format, ...)
{
	char *text scoped(scoped_free) = NULL, *safe scoped(scoped_free) = NULL;
	char *question scoped(scoped_free) = NULL;
	va_list args;

	if (cli_has(cli, "yes"))
		return EXIT_OK;
	va_start(args, format);
	text = xvasprintf(format, args);
	va_end(args);
	safe = term_escaped(text);
	if (!cli_may_ask(cli))
		return cli_fail(cli, EXIT_USAGE, "add --yes", "%s needs a yes", safe);
	question = xasprintf("%s? [y/N] ", safe);
	if (prompt_yes(question))
		return EXIT_OK;
	return cli_fail(cli, EXIT_FAILED, NULL, "not done");
}

enum exit_code cli_confirm_name(struct cli *cli, const char *name, const char *format, ...)
{
	char *text scoped(scoped_free) = NULL, *safe scoped(scoped_free) = NULL;
	char *question scoped(scoped_free) = NULL, *answer scoped(scoped_free) = NULL;
	char *hint scoped(scoped_free) = xasprintf("add --confirm=%s", name);
	const char *given = cli_text(cli, "confirm");
	va_list args;

	if (given && str_eq(given, name))
		return EXIT_OK;
	va_start(args, format);
	text = xvasprintf(format, args);
	va_end(args);
	safe = term_escaped(text);
	if (given)
		return cli_fail(cli, EXIT_USAGE, hint, "--confirm=%s is not the name", given);
	if (!cli_may_ask(cli))
		return cli_fail(cli, EXIT_USAGE, hint, "%s needs the name \"%s\" typed", safe,
				name);
	question = xasprintf("%s. Type %s to go on: ", safe, name);
	answer = prompt_line(question);
	if (answer && str_eq(answer, name))
		return EXIT_OK;
	return cli_fail(cli, EXIT_FAILED, NULL, "not done");
}
