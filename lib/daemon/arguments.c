/* A daemon's command line, its help and its man page. */
#include "lib/daemon/arguments.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/base/options.h"
#include "lib/base/str.h"
#include "lib/daemon/daemon.h"
#include "lib/daemon/peers.h"
#include "lib/events/bus.h"

static const struct {
	const char *name;
	enum action action;
	const char *help;
} actions[] = {
	{ "--migrate", ACTION_MIGRATE, "apply missing schema migrations as the owner role" },
	{ "--check-config", ACTION_CHECK_CONFIG, "check the configuration" },
	{ "--print-config", ACTION_PRINT_CONFIG, "print the effective configuration" },
	{ "--help", ACTION_HELP, "print this help" },
	{ "--version", ACTION_VERSION, "print the version" },
	{ "--man", ACTION_MAN, "print the man page's source" },
	{ "--fault-points", ACTION_FAULT_POINTS, "print where tests may let it fail" },
};

static void wrong(const struct daemon *daemon, const char *what, const char *argument)
{
	fprintf(stderr, "%s: %s: %s; see %s --help\n", daemon->name, what, argument, daemon->name);
	exit(2);
}

static bool action_parse(const char *argument, struct arguments *out)
{
	for (size_t i = 0; i < array_size(actions); i++) {
		if (str_eq(argument, actions[i].name)) {
			out->action = actions[i].action;
			return true;
		}
	}
	return false;
}

void arguments_parse(const struct daemon *daemon, int argc, char **argv, struct arguments *out)
{
	struct {
		const char *name;
		const char **value;
	} valued[] = {
		{ "--config", &out->config },
		{ "--instance", &out->instance },
		{ "--role", &out->role },
	};

	*out = (struct arguments){ 0 };
	for (int i = 1; i < argc; i++) {
		bool known = action_parse(argv[i], out);

		for (size_t v = 0; v < array_size(valued) && !known; v++) {
			known = str_eq(argv[i], valued[v].name);
			if (known && i + 1 == argc)
				wrong(daemon, "a value is missing", argv[i]);
			if (known)
				*valued[v].value = argv[++i];
		}
		if (!known)
			wrong(daemon, "unknown argument", argv[i]);
	}
}

void arguments_help(const struct daemon *daemon)
{
	printf("%s - %s\n\n", daemon->name, daemon->summary);
	printf("usage: %s [--config FILE] [--instance NAME] [--role serve|work|all]\n",
	       daemon->name);
	for (size_t i = 0; i < array_size(actions); i++)
		printf("       %s %-15s %s\n", daemon->name, actions[i].name, actions[i].help);
	printf("\nOptions are described in %s(8).\n", daemon->name);
}

/* Quotes what mdoc would take for its own. */
static void man_text(const char *text)
{
	for (; *text; text++) {
		if (*text == '\\')
			fputs("\\e", stdout);
		else
			putchar(*text);
	}
	putchar('\n');
}

static void man_options(const struct option *options)
{
	for (const struct option *option = options; option->key; option++) {
		printf(".It Ic %s\n", option->key);
		man_text(option->help);
		if (option->fallback)
			printf("(default:\n.Ql %s ) .\n",
			       *option->fallback ? option->fallback : "\\&");
		else
			printf("(no default).\n");
	}
}

void arguments_man(const struct daemon *daemon)
{
	char *upper scoped(scoped_free) = xstrdup(daemon->name);

	for (char *c = upper; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	printf(".\\\" Made by %s --man. Do not edit.\n", daemon->name);
	printf(".Dd November 22, 2026\n.Dt %s 8\n.Os\n", upper);
	printf(".Sh NAME\n.Nm %s\n.Nd %s\n", daemon->name, daemon->summary);
	printf(".Sh SYNOPSIS\n.Nm\n.Op Fl -config Ar file\n.Op Fl -instance Ar name\n"
	       ".Op Fl -role Cm serve | work | all\n");
	for (size_t i = 0; i < array_size(actions); i++)
		printf(".Nm\n.Fl %s\n", actions[i].name + 1);
	printf(".Sh DESCRIPTION\nThe\n.Nm\ndaemon of ecom: %s.\n", daemon->summary);
	if (!str_eq(daemon->name, "admind"))
		puts("It is started and watched by\n.Xr admind 8 ,\nor by a container engine.");
	printf(".Pp\n.Dv SIGTERM\ndrains: the instance announces that it leaves, answers what still"
	       "\ncomes, and ends.\nA second one does not wait for the gateway to notice.\n");
	if (daemon->man)
		puts(".Pp");
	for (const char *const *line = daemon->man; line && *line; line++)
		puts(*line);
	printf(".Sh CONFIGURATION\nEach option is a key of the YAML file, at its top or under\n"
	       ".Ic %s ,\nor a variable of the environment:\n.Ev ECOM_%s_KEY\nor\n"
	       ".Ev ECOM_KEY ,\nin upper case.\nThe environment wins over the file, the longer "
	       "name "
	       "over the shorter.\n.Bl -tag -width Ds\n",
	       daemon->name, upper);
	man_options(daemon_options);
	man_options(bus_options);
	man_options(retention_options);
	if (daemon->calls_peers)
		man_options(peers_options);
	if (daemon->options)
		man_options(daemon->options);
	printf(".El\n.Sh EXIT STATUS\n0 after draining, 1 on failure, 2 for wrong arguments.\n");
	printf(".Sh SEE ALSO\n.Xr ecomctl 1%s\n",
	       str_eq(daemon->name, "admind") ? "" : " ,\n.Xr admind 8");
}
