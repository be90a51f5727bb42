/*
 * Commands are rows. The rows give the parser, help, man page, completion and `help --json`; a new
 * command is one row in a table of commands/ and one function.
 */
#ifndef ECOM_ECOMCTL_COMMAND_H
#define ECOM_ECOMCTL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "ecomctl/output/output.h"
#include "lib/base/mem.h"
#include "lib/client/api.h"
#include "lib/client/context.h"

/* What the process answers; `ecomctl help exit-codes` explains them. */
enum exit_code {
	EXIT_OK = 0,
	EXIT_FAILED = 1, /* or: differences were found */
	EXIT_USAGE = 2,  /* or: input is needed and nobody can be asked */
	EXIT_NOT_FOUND = 3,
	EXIT_LOGIN = 4,
	EXIT_FORBIDDEN = 5,
	EXIT_CONFLICT = 6, /* also: a precondition failed */
	EXIT_INVALID = 7,
	EXIT_PENDING = 8, /* a wait timed out */
	EXIT_PARTIAL = 9, /* some rows were rejected */
	EXIT_UNAVAILABLE = 10,
	EXIT_RATE_LIMITED = 11,
	EXIT_INTERRUPTED = 130,
};

struct argument {
	const char *name; /* "SKU"; NULL ends the table */
	const char *help; /* one phrase, lower case, no full stop */
	bool optional;
	bool many;                  /* one or more, last in the table; with optional: any number */
	const char *const *choices; /* what completion offers for the first; NULL: files */
};

enum flag_type {
	FLAG_SWITCH, /* no value */
	FLAG_TEXT,
	FLAG_NUMBER,   /* within min..max */
	FLAG_DURATION, /* 500ms, 30s, 5m; kept in ms, within min..max */
	FLAG_MONEY,    /* 19.99EUR */
	FLAG_CHOICE,   /* one of choices */
	FLAG_TRUTH,    /* yes or no */
	FLAG_PAIR,     /* key=value */
	FLAG_FILE,     /* a path; completion offers files */
	FLAG_FOLDER,
};

struct flag {
	const char *name; /* "replicas", without dashes; NULL ends the table */
	char letter;      /* -r; 0: none */
	enum flag_type type;
	const char *value; /* what help shows for the value: "N"; NULL: from the type */
	const char *help;  /* one phrase, lower case, no full stop */
	int64_t min, max;  /* both 0: any */
	const char *const *choices;
	bool repeat;       /* may be given several times */
	bool nullable;     /* "none" is a value: null in the JSON body */
	const char *field; /* member of the JSON body, or name in the query, this flag sets */
};

struct cli;
struct resource;

/* Whole lines that work as they stand. */
#define EXAMPLES(...) ((const char *const[]){ __VA_ARGS__, NULL })

struct command {
	const char *verb;  /* "list", or the whole name of a command without noun; NULL ends */
	const char *brief; /* one phrase for the list of commands, capital, no full stop */
	enum exit_code (*run)(struct cli *cli);
	const struct argument *args;     /* NULL: none */
	const struct flag *flags;        /* NULL: only the global ones */
	const struct column *columns;    /* what it emits; NULL: it calls output_raw only */
	const char *identity;            /* the column for -o name and -q */
	const char *const *examples;     /* EXAMPLES: whole lines, at least one */
	const char *details;             /* more text for help; NULL: none */
	const struct resource *resource; /* for the shared verbs in resource.c */
	bool writes;      /* refused in a read-only context; names the context on stderr */
	bool destructive; /* in a protected context the context's name must be typed */
	bool pages;       /* a list: --limit applies */
	bool hidden;      /* not in help */
};

struct noun {
	const char *name;           /* "product"; NULL: its commands stand alone ("up") */
	const char *const *aliases; /* short names, ends with NULL; may be NULL */
	const char *brief;
	const struct command *commands; /* ends with an all-zero row */
};

/* The whole tree; ends with a row without commands. */
extern const struct noun command_tree[];

/* What the user gave; a name that is not in the command's tables is a bug and aborts. */
const char *cli_argument(const struct cli *cli, size_t index); /* NULL: not given */
size_t cli_argument_count(const struct cli *cli);
bool cli_has(const struct cli *cli, const char *flag);
const char *cli_text(const struct cli *cli, const char *flag); /* the last; NULL: not given */
/* The number, the milliseconds, or 1 for yes and 0 for no. */
int64_t cli_number(const struct cli *cli, const char *flag, int64_t fallback);
const char *cli_value(const struct cli *cli, const char *flag,
		      size_t index); /* of a repeated flag */

const struct command *cli_command(const struct cli *cli);
struct output *cli_output(struct cli *cli);
bool cli_quiet(const struct cli *cli);    /* -q */
bool cli_is_table(const struct cli *cli); /* -o table: people read it */
bool cli_may_ask(const struct cli *cli);  /* stdin and stderr are a terminal, no --no-input */

/*
 * The context of this run (-C, ECOMCTL_CONTEXT, current), NULL after recording a failure; or
 * NULL without failure from cli_context_optional() when there is none.
 */
const struct context *cli_context(struct cli *cli);
const struct context *cli_context_optional(struct cli *cli);

/* The API of that context, opened on first use; NULL after recording a failure. */
struct api *cli_api(struct cli *cli);

/* Uses this context instead, whatever is stored (up, down: --state). Copied. */
void cli_set_context(struct cli *cli, const struct context *context);

/*
 * One call. A success gives the parsed body, json_null() when there is none; the caller decrefs.
 * NULL: the failure is recorded; return cli_exit(cli).
 */
json_t *cli_call(struct cli *cli, const struct api_request *request);

/* Records what failed in one line, with what to type next (NULL: nothing to add); answers code. */
enum exit_code cli_fail(struct cli *cli, enum exit_code code, const char *hint, const char *format,
			...) __attribute__((format(printf, 4, 5)));

/* Records the failure of an answer: exit code by status, text from its problem document. */
enum exit_code cli_fail_answer(struct cli *cli, const struct api_answer *answer);

/* Says the recorded failure in the words of the command instead of the server's. */
void cli_fail_restate(struct cli *cli, const char *hint, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* As if nothing had failed: the command goes on, and says itself what was missing. */
void cli_fail_forget(struct cli *cli);

/* Adds the `at:` line (file:line:column or object/field) to the recorded failure. */
void cli_fail_at(struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

enum exit_code cli_exit(const struct cli *cli); /* of the recorded failure */

/* A line for people on stderr ("note: ..."): nothing with -q. */
void cli_note(struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Asks before something that cannot be taken back: y/N with `question`; --yes answers it. EXIT_OK:
 * go on. Without a terminal and without --yes: EXIT_USAGE, recorded.
 */
enum exit_code cli_confirm(struct cli *cli, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The same where `name` must be typed; --confirm=NAME answers it. */
enum exit_code cli_confirm_name(struct cli *cli, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* begin, one record, end. */
void cli_emit(struct cli *cli, enum output_shape shape, const json_t *record);

/* The set of records of an array, as a list. */
void cli_emit_list(struct cli *cli, const json_t *array);

/* Set by SIGINT (the second one kills): long loops stop at the next safe point. */
bool cli_interrupted(void);

#endif
