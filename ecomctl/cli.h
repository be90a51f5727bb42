/* One run of the program, for the frame itself; commands see ecomctl/command.h. */
#ifndef ECOM_ECOMCTL_CLI_H
#define ECOM_ECOMCTL_CLI_H

#include "ecomctl/command.h"

/* A flag that was given, on the command line or in the environment. */
struct given {
	const struct flag *flag;
	const char *value;
	int64_t number; /* of FLAG_NUMBER and FLAG_DURATION */
};

struct failure {
	enum exit_code exit; /* EXIT_OK: nothing failed */
	char *what, *at, *hint;
	char *code, *request_id;
	int status; /* HTTP; 0: no answer was involved */
	bool retryable;
	json_t *errors; /* of the problem document, per field */
};

struct cli {
	const struct noun *noun;
	const struct command *command;
	struct given *given;
	size_t ngiven;
	const char **args;
	size_t nargs;
	bool wants_help, wants_version;
	struct output *output;
	struct failure failure;
	struct context context;
	enum { CONTEXT_UNKNOWN, CONTEXT_NONE, CONTEXT_FOUND } context_state;
	struct api *api;
};

/* The flags every command has; ends with an all-zero row. */
extern const struct flag global_flags[];

/* The formats of -o, ends with NULL. */
extern const char *const output_formats[];

/* "ecomctl product list"; the caller frees. */
char *command_path(const struct noun *noun, const struct command *command);

/* "SKU... [FILE]"; the caller frees, "" when there are none. */
char *command_synopsis(const struct command *command);

bool flag_takes_value(const struct flag *flag);
const char *flag_value_name(const struct flag *flag); /* "N", "FILE" */
const struct flag *flag_find(const struct flag *flags, const char *name, char letter);

/* Checks the value against the flag's type, and fills in its number. Records a failure. */
void flag_check(struct cli *cli, struct given *given);

const struct noun *noun_find(const char *word);
const struct command *command_find(const struct noun *noun, const char *verb);
/* The command without a noun, as "up"; *noun gets its row. */
const struct command *command_find_alone(const char *word, const struct noun **noun);

/*
 * Reads argv and the environment. What is wrong is recorded as the failure; the rest of the line
 * is still read, so that -o and -q are known when it is printed.
 */
void cli_parse(struct cli *cli, int argc, char **argv);

/* Prints the recorded failure to stderr, as text or JSON. */
void cli_print_failure(const struct cli *cli);

void cli_free(struct cli *cli);

/* A candidate near enough to what was typed for "did you mean", or NULL. */
const char *suggest(const char *word, const char *const *candidates);

#endif
