/* A daemon's command line. */
#ifndef ECOM_LIB_DAEMON_ARGUMENTS_H
#define ECOM_LIB_DAEMON_ARGUMENTS_H

struct daemon;

enum action {
	ACTION_RUN,
	ACTION_MIGRATE,
	ACTION_CHECK_CONFIG,
	ACTION_PRINT_CONFIG,
	ACTION_HELP,
	ACTION_VERSION,
	ACTION_MAN,
	ACTION_FAULT_POINTS,
};

struct arguments {
	enum action action;
	const char *config;   /* NULL: no file */
	const char *instance; /* NULL: the daemon's name and "-1" */
	const char *role;     /* NULL: as the options say */
};

/* Ends the process with code 2 and one line on stderr when an argument is wrong. */
void arguments_parse(const struct daemon *daemon, int argc, char **argv, struct arguments *out);

void arguments_help(const struct daemon *daemon);

/* The man page, section 8, as mdoc. */
void arguments_man(const struct daemon *daemon);

#endif
