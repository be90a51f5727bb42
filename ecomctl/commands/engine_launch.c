/* Starting admind: as which user, in which folder, detached, with a pipe for its progress. */
#include "ecomctl/commands/engine_launch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemons/admind/programs.h"
#include "daemons/admind/progress.h"
#include "lib/base/file.h"
#include "lib/base/mem.h"

#define PROGRESS_FD   3
#define ARGUMENTS_MAX 8

/* NULL: we are not root and stay who we are. */
static bool user_find(const struct passwd **out, struct failure *failure)
{
	const char *name = getenv("ECOM_USER");
	char hint[160];

	*out = NULL;
	if (geteuid() != 0)
		return true;
	name = name ? name : ENGINE_USER;
	*out = getpwnam(name);
	if (*out && (*out)->pw_uid != 0)
		return true;
	snprintf(hint, sizeof(hint),
		 "useradd --system --user-group --no-create-home --home-dir /nonexistent --shell "
		 "/usr/sbin/nologin %s",
		 name);
	return failure_set(failure, hint, "there is no system user %s to run the shop as", name);
}

static bool folder_is_empty(int fd)
{
	DIR *dir = fdopendir(dup(fd));
	struct dirent *entry;
	bool empty = true;

	while (dir && (entry = readdir(dir)))
		empty = empty && entry->d_name[0] == '.';
	if (dir)
		closedir(dir);
	return empty;
}

/* A new or empty folder of root's is given to the user; one that has an owner is left alone. */
static bool folder_give(const struct state *state, const struct passwd *user,
			struct failure *failure)
{
	int fd scoped(scoped_close) = -1;
	char *parent scoped(scoped_free) = xstrdup(state->dir);
	struct stat info;

	*strrchr(parent, '/') = '\0';
	if (*parent && !file_make_dirs(parent, 0755))
		return failure_errno(failure, "cannot make the folder %s", parent);
	if (mkdir(state->dir, 0700) < 0 && errno != EEXIST)
		return failure_errno(failure, "cannot make the state folder %s", state->dir);
	/* By descriptor: what we look at is what we give away. */
	fd = open(state->dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &info) < 0)
		return failure_errno(failure, "cannot open the state folder %s", state->dir);
	if (info.st_uid == 0 && folder_is_empty(fd) && fchown(fd, user->pw_uid, user->pw_gid) < 0)
		return failure_errno(failure, "cannot give %s to %s", state->dir, user->pw_name);
	return true;
}

/* In the child: says why and ends. */
static void child_die(const char *what)
{
	struct failure failure = { 0 };

	failure_errno(&failure, "%s", what);
	progress_open();
	progress_error(&failure);
	_exit(1);
}

/* What is to be run. */
struct errand {
	const char *name, *program;
	char *const *arguments;    /* after the program's name; NULL: none */
	const struct state *state; /* of admind; NULL: it is not admind */
	int port;
};

static void child_exec(const struct errand *errand)
{
	char *words[ARGUMENTS_MAX + 2] = { (char *)(uintptr_t)errand->program };

	for (size_t i = 0; errand->arguments && errand->arguments[i] && i < ARGUMENTS_MAX; i++)
		words[i + 1] = errand->arguments[i];
	execv(errand->program, words);
	child_die("cannot start the program");
}

static void child_run(const struct errand *errand, const struct passwd *user, int progress)
{
	char number[16];
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	snprintf(number, sizeof(number), "%d", PROGRESS_FD);
	setenv(PROGRESS_VARIABLE, number, 1);
	if (errand->state) {
		setenv("ECOM_ADMIND_STATE", errand->state->dir, 1);
		snprintf(number, sizeof(number), "%d", errand->port);
		setenv("ECOM_ADMIND_PORT", number, 1);
	}
	if (dup2(progress, PROGRESS_FD) < 0 || fcntl(PROGRESS_FD, F_SETFD, 0) < 0)
		_exit(1);
	close_range(PROGRESS_FD + 1, ~0U, 0);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO); /* stderr stays until admind has its log */
	setsid();
	signal(SIGPIPE, SIG_DFL);
	if (user && (initgroups(user->pw_name, user->pw_gid) < 0 || setgid(user->pw_gid) < 0 ||
		     setuid(user->pw_uid) < 0))
		child_die("cannot become the shop's user");
	if (chdir("/") < 0)
		child_die("cannot leave this folder");
	umask(077);
	child_exec(errand);
}

static bool launch(struct errand *errand, const struct state *give, struct launched *out,
		   struct failure *failure)
{
	char *program scoped(scoped_free) = program_daemon(errand->name);
	const struct passwd *user;
	int fds[2];

	if (!program)
		return failure_set(failure, "install ecom again, or set ECOM_LIBEXECDIR",
				   "the program %s is missing", errand->name);
	errand->program = program;
	if (!user_find(&user, failure) || (user && give && !folder_give(give, user, failure)))
		return false;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return failure_errno(failure, "cannot make a pipe");
	out->pid = fork();
	if (out->pid == 0)
		child_run(errand, user, fds[1]);
	close(fds[1]);
	out->progress = fds[0];
	if (out->pid > 0)
		return true;
	close(fds[0]);
	return failure_errno(failure, "cannot start a process");
}

bool engine_launch(const struct state *state, int port, struct launched *out,
		   struct failure *failure)
{
	struct errand errand = { .name = "admind", .state = state, .port = port };

	return launch(&errand, state, out, failure);
}

bool engine_launch_backup(char *const *arguments, const struct state *give, struct launched *out,
			  struct failure *failure)
{
	struct errand errand = { .name = "backup", .arguments = arguments };

	return launch(&errand, give, out, failure);
}

bool engine_become_owner(const struct state *state, struct failure *failure)
{
	struct stat info;

	if (geteuid() != 0 || stat(state->dir, &info) < 0 || info.st_uid == 0)
		return true;
	if (setgroups(0, NULL) == 0 && setgid(info.st_gid) == 0 && setuid(info.st_uid) == 0)
		return true;
	return failure_errno(failure, "cannot become the owner of %s", state->dir);
}
