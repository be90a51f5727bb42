/* Starting programs that outlive us: own session, no terminal, output appended to a file. */
#ifndef ECOM_DAEMONS_ADMIND_CHILD_H
#define ECOM_DAEMONS_ADMIND_CHILD_H

#include <stdbool.h>

#include "daemons/admind/failure.h"
#include "daemons/admind/process.h"
#include "daemons/admind/words.h"

struct launch {
	struct words arguments; /* the first is the program's absolute path */
	struct words environment;
	const char *folder; /* to run in */
	const char *log;    /* stdout and stderr are appended to it; never a pipe to us */
	const char *output; /* stdout goes here instead, replaced; NULL: to the log */
};

void launch_free(struct launch *launch);

/* False with *failure set when the program cannot be started. */
bool child_start(const struct launch *launch, struct process *out, struct failure *failure);

/*
 * Reaps a child of ours that has ended: true, with "exit code 3" or "signal 9 (Killed)" in why.
 * False while it runs, or when it is not our child.
 */
bool child_reap(pid_t pid, int *status, char *why, size_t size);

/* Readable once the process has ended, whoever its parent is; -1 when it is gone already. */
int child_watch(const struct process *process);

/* A signal to exactly this process: never to one that took over its pid. */
bool child_signal(const struct process *process, int signal_number);

/*
 * A program that runs once: initdb, --migrate, pg_dump. Its output is kept in log/<name>.log,
 * and its last line is the reason of a failure.
 */
struct task {
	struct process process;
	bool started, ended;
	int status; /* as of waitpid */
	char *log;
};

bool task_start(struct task *task, struct launch *launch, struct failure *failure);
bool task_is_done(struct task *task); /* looks without waiting */
/* Exit code 0; otherwise *failure names `what` and the last line of the log. */
bool task_result(struct task *task, const char *what, struct failure *failure);
void task_free(struct task *task);

#endif
