/* The completion script for bash: static text, so that TAB costs no process, file or network. */
#include <stdlib.h>
#include <string.h>

#include "ecomctl/cli.h"
#include "ecomctl/help.h"
#include "lib/base/buf.h"

static const char head[] =
	"# Completion for ecomctl; made by `ecomctl completion bash`.\n"
	"# Use it: ecomctl completion bash > ~/.local/share/bash-completion/completions/ecomctl\n"
	"_ecomctl()\n"
	"{\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	"\tlocal word words='' flags='' path=''\n"
	"\tlocal -i i\n"
	"\n"
	"\tCOMPREPLY=()\n"
	"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	"\t\tword=${COMP_WORDS[i]}\n"
	"\t\tcase $word in\n"
	"\t\t-*) continue ;;\n"
	"\t\tesac\n"
	"\t\tpath=\"${path:+$path }$word\"\n"
	"\t\t[[ $path == *' '* ]] && break\n"
	"\tdone\n";

static const char tail[] = "\tif [[ $cur == -* ]]; then\n"
			   "\t\tmapfile -t COMPREPLY < <(compgen -W \"$flags\" -- \"$cur\")\n"
			   "\telif [[ -n $words ]]; then\n"
			   "\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
			   "\tfi\n"
			   "}\n"
			   "complete -o default -F _ecomctl ecomctl\n";

static void add_flag_names(struct buf *out, const struct flag *flag)
{
	for (; flag && flag->name; flag++)
		buf_addf(out, " --%s", flag->name);
}

static void add_verbs(struct buf *out, const struct noun *noun)
{
	for (const struct command *command = noun->commands; command->verb; command++)
		buf_addf(out, " %s", command->verb);
}

/* Values of flags with choices; a choice means the same wherever its flag is. */
static void add_choices(struct buf *out, const struct flag *flag, struct buf *seen)
{
	for (; flag && flag->name; flag++) {
		char *mark scoped(scoped_free) = xasprintf(" --%s ", flag->name);

		if (!flag->choices || (seen->len && strstr(seen->data, mark)))
			continue;
		buf_adds(seen, mark);
		buf_addf(out, "\t--%s", flag->name);
		if (flag->letter)
			buf_addf(out, " | -%c", flag->letter);
		buf_adds(out, ")\n\t\tmapfile -t COMPREPLY < <(compgen -W \"");
		for (size_t i = 0; flag->choices[i]; i++)
			buf_addf(out, "%s%s", i ? " " : "", flag->choices[i]);
		buf_adds(out, "\" -- \"$cur\")\n\t\treturn\n\t\t;;\n");
	}
}

static void add_values(struct buf *out)
{
	struct buf seen = BUF_INIT(0);

	buf_adds(out, "\tcase $prev in\n");
	add_choices(out, global_flags, &seen);
	for (const struct noun *noun = command_tree; noun->commands; noun++) {
		for (const struct command *command = noun->commands; command->verb; command++)
			add_choices(out, command->flags, &seen);
	}
	buf_adds(out, "\tesac\n");
	buf_free(&seen);
}

static void add_words(struct buf *out, const struct argument *arg)
{
	if (!arg || !arg->choices)
		return;
	buf_adds(out, " words='");
	for (size_t i = 0; arg->choices[i]; i++)
		buf_addf(out, " %s", arg->choices[i]);
	buf_addc(out, '\'');
}

static void add_noun(struct buf *out, const struct noun *noun)
{
	if (noun->name) {
		buf_addf(out, "\t%s", noun->name);
		for (size_t i = 0; noun->aliases && noun->aliases[i]; i++)
			buf_addf(out, " | %s", noun->aliases[i]);
		buf_adds(out, ") words='");
		add_verbs(out, noun);
		buf_adds(out, "' ;;\n");
	}
	for (const struct command *command = noun->commands; command->verb; command++) {
		if (!command->flags)
			continue;
		buf_addc(out, '\t');
		if (!noun->name)
			buf_adds(out, command->verb);
		else
			buf_addf(out, "'%s %s'", noun->name, command->verb);
		for (size_t i = 0; noun->aliases && noun->aliases[i]; i++)
			buf_addf(out, " | '%s %s'", noun->aliases[i], command->verb);
		buf_adds(out, ") flags+='");
		add_flag_names(out, command->flags);
		buf_adds(out, "'");
		add_words(out, command->args);
		buf_adds(out, " ;;\n");
	}
}

char *completion_bash(void)
{
	struct buf out = BUF_INIT(0);

	buf_adds(&out, head);
	add_values(&out);
	buf_adds(&out, "\tflags='");
	add_flag_names(&out, global_flags);
	buf_adds(&out, "'\n\tcase $path in\n\t'') words='");
	for (const struct noun *noun = command_tree; noun->commands; noun++) {
		if (noun->name)
			buf_addf(&out, " %s", noun->name);
		else
			add_verbs(&out, noun);
	}
	buf_adds(&out, "' ;;\n");
	for (const struct noun *noun = command_tree; noun->commands; noun++)
		add_noun(&out, noun);
	buf_adds(&out, "\tesac\n");
	buf_adds(&out, tail);
	return buf_steal(&out);
}
