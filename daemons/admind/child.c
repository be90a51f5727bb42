/* Starting programs that outlive us: own session, no terminal, output appended to a file. */
#include "daemons/admind/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemons/admind/logs.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

void launch_free(struct launch *launch)
{
	words_free(&launch->arguments);
	words_free(&launch->environment);
}

static void attributes_set(posix_spawnattr_t *attributes)
{
	sigset_t none, all;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_init(attributes);
	posix_spawnattr_setsigmask(attributes, &none); /* ours has what signalfd takes */
	posix_spawnattr_setsigdefault(attributes, &all);
	posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK |
						     POSIX_SPAWN_SETSIGDEF);
}

static void files_set(posix_spawn_file_actions_t *files, const struct launch *launch)
{
	posix_spawn_file_actions_init(files);
	posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(files, STDERR_FILENO, launch->log,
					 O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (launch->output)
		posix_spawn_file_actions_addopen(files, STDOUT_FILENO, launch->output,
						 O_WRONLY | O_CREAT | O_TRUNC, 0600);
	else
		posix_spawn_file_actions_adddup2(files, STDERR_FILENO, STDOUT_FILENO);
	posix_spawn_file_actions_addclosefrom_np(files, STDERR_FILENO + 1);
	if (launch->folder)
		posix_spawn_file_actions_addchdir_np(files, launch->folder);
}

bool child_start(const struct launch *launch, struct process *out, struct failure *failure)
{
	const char *program = launch->arguments.list[0];
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	pid_t pid;
	int error;

	log_rotate(launch->log);
	attributes_set(&attributes);
	files_set(&files, launch);
	error = posix_spawn(&pid, program, &files, &attributes, launch->arguments.list,
			    launch->environment.list);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attributes);
	if (error) {
		errno = error;
		return failure_errno(failure, "cannot start %s", program);
	}
	if (!process_read(pid, out)) /* ended already: the caller will see that */
		*out = (struct process){ .pid = pid };
	return true;
}

bool child_reap(pid_t pid, int *status, char *why, size_t size)
{
	if (waitpid(pid, status, WNOHANG) != pid)
		return false;
	if (WIFSIGNALED(*status))
		snprintf(why, size, "signal %d (%s)", WTERMSIG(*status),
			 strsignal(WTERMSIG(*status)));
	else
		snprintf(why, size, "exit code %d", WEXITSTATUS(*status));
	return true;
}

int child_watch(const struct process *process)
{
	int fd = pidfd_open(process->pid, 0);
	struct process now;

	/* Between reading the record and opening the descriptor the pid may have changed hands. */
	if (fd >= 0 && process->start && process_read(process->pid, &now) &&
	    now.start != process->start) {
		close(fd);
		return -1;
	}
	return fd;
}

bool child_signal(const struct process *process, int signal_number)
{
	int fd scoped(scoped_close) = child_watch(process);

	return fd >= 0 && pidfd_send_signal(fd, signal_number, NULL, 0) == 0;
}

bool task_start(struct task *task, struct launch *launch, struct failure *failure)
{
	task->log = xstrdup(launch->log);
	unlink(task->log); /* its last line is to be from this run */
	task->started = child_start(launch, &task->process, failure);
	return task->started;
}

bool task_is_done(struct task *task)
{
	char why[64];

	if (task->started && !task->ended)
		task->ended = child_reap(task->process.pid, &task->status, why, sizeof(why));
	return task->ended;
}

bool task_result(struct task *task, const char *what, struct failure *failure)
{
	char *line scoped(scoped_free) = NULL;
	char *hint scoped(scoped_free) = NULL;

	if (task->ended && WIFEXITED(task->status) && WEXITSTATUS(task->status) == 0)
		return true;
	line = log_last_line(task->log);
	hint = xasprintf("the whole output is in %s", task->log);
	return failure_set(failure, hint, "%s failed: %s", what, line);
}

void task_free(struct task *task)
{
	free(task->log);
	*task = (struct task){ 0 };
}
