/* Texts made from the command tree: help, manual page, completion, JSON. The caller frees each. */
#ifndef ECOM_ECOMCTL_HELP_H
#define ECOM_ECOMCTL_HELP_H

#include "ecomctl/command.h"
#include "lib/base/buf.h"

struct help_topic {
	const char *name;
	const char *brief;
	char *(*text)(void);
};

/* exit-codes, environment, flags; ends with an all-zero row. */
extern const struct help_topic help_topics[];

char *help_overview(void);
char *help_of_noun(const struct noun *noun);
char *help_of_command(const struct noun *noun, const struct command *command);

struct exit_meaning {
	enum exit_code code;
	const char *meaning;
};
extern const struct exit_meaning exit_meanings[]; /* ends with meaning NULL */

struct variable {
	const char *name;
	const char *meaning;
};
extern const struct variable environment_variables[]; /* ends with name NULL; besides the flags */

/* Appends text in lines of at most 78 bytes; blank lines stay. */
void wrap_text(struct buf *out, const char *text);

char *manual_page(void);     /* mdoc */
char *completion_bash(void); /* a script, without any network or file */
json_t *tree_json(void);     /* every command with its arguments, flags and fields */

#endif
