/* The manual page ecomctl(1), in mdoc. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "ecomctl/cli.h"
#include "ecomctl/help.h"
#include "lib/base/buf.h"

/* The day the conventions were written down: a page that changed with the day would never match. */
#define PAGE_DATE "November 22, 2026"

/* Lines of text: no leading dot or quote, no lone backslash, and no blank line. */
static void add_text(struct buf *out, const char *text)
{
	bool starts = true;

	for (; *text; text++) {
		if (starts && (*text == '.' || *text == '\''))
			buf_adds(out, "\\&");
		if (starts && *text == '\n')
			buf_adds(out, ".Pp");
		starts = *text == '\n';
		if (*text == '\\')
			buf_adds(out, "\\e");
		else if (*text == '-')
			buf_adds(out, "\\-");
		else
			buf_addc(out, *text);
	}
	buf_addc(out, '\n');
}

/* Whether a sentence ends at this blank: mdoc wants each to begin a line. */
static bool ends_sentence(const char *start, const char *blank)
{
	return blank > start && strchr(".:", blank[-1]) && isupper((unsigned char)blank[1]);
}

static void add_prose(struct buf *out, const char *text)
{
	struct buf sentences = BUF_INIT(0), lines = BUF_INIT(0);

	for (const char *at = text; *at; at++)
		buf_addc(&sentences, *at == ' ' && ends_sentence(text, at) ? '\n' : *at);
	wrap_text(&lines, sentences.data ? sentences.data : "");
	lines.data[--lines.len] = '\0';
	add_text(out, lines.data);
	buf_free(&sentences);
	buf_free(&lines);
}

static void add_flag(struct buf *out, const struct flag *flag)
{
	buf_adds(out, ".It ");
	if (flag->letter)
		buf_addf(out, "Fl %c , ", flag->letter);
	buf_addf(out, "Fl \\-%s", flag->name);
	if (flag_takes_value(flag))
		buf_addf(out, " Ar %s", flag_value_name(flag));
	buf_addc(out, '\n');
	add_text(out, flag->help);
	for (size_t i = 0; flag->choices && flag->choices[i]; i++)
		buf_addf(out, "%s Cm %s", i ? " ," : ".Pq", flag->choices[i]);
	if (flag->choices)
		buf_addc(out, '\n');
}

static void add_flags(struct buf *out, const struct flag *flags)
{
	if (!flags || !flags->name)
		return;
	buf_adds(out, ".Bl -tag -width Ds -compact\n");
	for (; flags->name; flags++)
		add_flag(out, flags);
	buf_adds(out, ".El\n");
}

static void add_synopsis(struct buf *out, const struct noun *noun, const struct command *command)
{
	buf_adds(out, ".It Nm");
	if (noun->name)
		buf_addf(out, " Cm %s", noun->name);
	buf_addf(out, " Cm %s", command->verb);
	if (command->flags)
		buf_adds(out, " Op Ar flags");
	for (const struct argument *arg = command->args; arg && arg->name; arg++)
		buf_addf(out, " %sAr %s%s", arg->optional ? "Op " : "", arg->name,
			 arg->many ? " ..." : "");
	buf_addc(out, '\n');
}

static void add_command(struct buf *out, const struct noun *noun, const struct command *command)
{
	add_synopsis(out, noun, command);
	buf_addf(out, "%s.\n", command->brief);
	if (command->details) {
		buf_adds(out, ".Pp\n");
		add_prose(out, command->details);
	}
	for (const struct argument *arg = command->args; arg && arg->name; arg++)
		buf_addf(out, "%s.Ar %s :\n%s%s\n", arg == command->args ? ".Pp\n" : "", arg->name,
			 arg->help, arg[1].name ? "," : ".");
	if (command->flags)
		buf_adds(out, ".Pp\n");
	add_flags(out, command->flags);
	buf_adds(out, ".Bd -literal -offset indent\n");
	for (size_t i = 0; command->examples[i]; i++)
		add_text(out, command->examples[i]);
	buf_adds(out, ".Ed\n");
}

static void add_commands(struct buf *out)
{
	for (const struct noun *noun = command_tree; noun->commands; noun++) {
		if (!noun->commands->verb)
			continue;
		if (noun->brief)
			buf_addf(out, ".Ss %s\n", noun->brief);
		buf_adds(out, ".Bl -tag -width Ds\n");
		for (const struct command *command = noun->commands; command->verb; command++)
			add_command(out, noun, command);
		buf_adds(out, ".El\n");
	}
}

static void add_rest(struct buf *out)
{
	buf_adds(out, ".Sh ENVIRONMENT\n"
		      "Every global flag but the confirming ones is read from\n"
		      ".Ev ECOMCTL_\n"
		      "and its name in capitals.\n"
		      ".Bl -tag -width Ds\n");
	for (const struct variable *row = environment_variables; row->name; row++) {
		buf_addf(out, ".It Ev %s\n", row->name);
		add_text(out, row->meaning);
	}
	buf_adds(out, ".El\n"
		      ".Sh FILES\n"
		      ".Bl -tag -width Ds\n"
		      ".It Pa ~/.config/ecomctl/config.yaml\n"
		      "The contexts.\n"
		      ".It Pa ~/.local/state/ecomctl/credentials.json\n"
		      "The credentials, readable by their owner only.\n"
		      ".El\n"
		      ".Sh EXIT STATUS\n"
		      ".Bl -tag -width Ds -compact\n");
	for (const struct exit_meaning *row = exit_meanings; row->meaning; row++) {
		buf_addf(out, ".It %d\n", (int)row->code);
		add_text(out, row->meaning);
	}
	buf_adds(out, ".El\n");
}

char *manual_page(void)
{
	struct buf out = BUF_INIT(0);

	buf_adds(&out, ".\\\" Made by `ecomctl help --man`; do not edit.\n"
		       ".Dd " PAGE_DATE "\n"
		       ".Dt ECOMCTL 1\n"
		       ".Os\n"
		       ".Sh NAME\n"
		       ".Nm ecomctl\n"
		       ".Nd a whole shop from the terminal\n"
		       ".Sh SYNOPSIS\n"
		       ".Nm\n"
		       ".Op Ar flags\n"
		       ".Ar noun verb\n"
		       ".Op Ar argument ...\n"
		       ".Nm\n"
		       ".Op Ar flags\n"
		       ".Ar command\n"
		       ".Op Ar argument ...\n"
		       ".Sh DESCRIPTION\n"
		       ".Nm\n"
		       "starts a shop, and works with the products, services and people of one,\n"
		       "on this machine or elsewhere.\n"
		       ".Pp\n"
		       "Flags stand before or after the command;\n"
		       ".Fl \\-\n"
		       "ends them.\n"
		       "A verb may come before its noun.\n"
		       "Data go to standard output, everything else to standard error.\n"
		       "These flags belong to every command:\n"
		       ".Pp\n");
	add_flags(&out, global_flags);
	buf_adds(&out, ".Sh COMMANDS\n");
	add_commands(&out);
	add_rest(&out);
	return buf_steal(&out);
}
