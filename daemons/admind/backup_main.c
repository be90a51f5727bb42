/*
 * backup: makes, verifies and restores backups, for admind (its progress goes to stdout) and for
 * ecomctl where no engine runs (to the pipe of daemons/admind/progress.h). Blocks; a signal ends it in
 * order, and what it leaves when it is killed never looks complete.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <sodium.h>

#include "daemons/admind/backup_make.h"
#include "daemons/admind/once.h"
#include "daemons/admind/progress.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

#define EXIT_VIOLATED 3

struct words_of {
	const char *name, *usage;
	int count; /* of its arguments */
	bool (*run)(char **arguments, bool *violated, struct failure *failure);
};

static bool run_create(char **arguments, bool *violated, struct failure *failure)
{
	int64_t keep, pause_most_ms;

	(void)violated;
	if (!str_to_int(arguments[3], 1, 10000, &keep))
		return failure_set(failure, NULL, "%s is no number of backups", arguments[3]);
	if (!str_to_int(arguments[4], 1, 86400000, &pause_most_ms))
		return failure_set(failure, NULL, "%s is no time in ms", arguments[4]);
	return backup_create(arguments[0], arguments[1], arguments[2], (int)keep, pause_most_ms,
			     failure);
}

static bool run_verify(char **arguments, bool *violated, struct failure *failure)
{
	return backup_verify(arguments[0], arguments[1], violated, failure);
}

static bool run_restore(char **arguments, bool *violated, struct failure *failure)
{
	(void)violated;
	return backup_restore(arguments[0], arguments[1], failure);
}

static const struct words_of commands[] = {
	{ "create", "STATE KIND FOLDER KEEP PAUSE_MS", 5, run_create },
	{ "verify", "BACKUP FOLDER", 2, run_verify },
	{ "restore", "BACKUP STATE", 2, run_restore },
};

static int usage(void)
{
	for (size_t i = 0; i < array_size(commands); i++)
		fprintf(stderr, "usage: backup %s %s\n", commands[i].name, commands[i].usage);
	return 2;
}

static int run(const struct words_of *command, char **arguments)
{
	struct failure failure = { 0 };
	bool violated = false;

	if (getenv(PROGRESS_VARIABLE)) {
		log_set_level(LOG_LEVEL_ERROR); /* stderr is the caller's, who sees the progress */
		progress_open();
	} else {
		progress_open_output();
	}
	if (!command->run(arguments, &violated, &failure)) {
		if (!getenv(PROGRESS_VARIABLE))
			log_error("%s", failure.error);
		progress_error(&failure);
		return 1;
	}
	return violated ? EXIT_VIOLATED : 0;
}

int main(int argc, char **argv)
{
	log_init("backup", "backup");
	umask(077);
	if (sodium_init() < 0)
		return 1;
	once_open();
	for (size_t i = 0; argc > 1 && i < array_size(commands); i++) {
		if (str_eq(argv[1], commands[i].name) && argc == 2 + commands[i].count)
			return run(&commands[i], argv + 2);
	}
	return usage();
}
