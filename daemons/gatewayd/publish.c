/* Putting a new haproxy.cfg in place. */
#include "daemons/gatewayd/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/mem.h"
#include "lib/loop/loop.h"

extern char **environ;

struct publisher {
	struct loop *loop;
	char *haproxy;
	char *path, *fresh_path, *log_path; /* haproxy.cfg, what is checked, what the check says */
	publish_fn *fn;
	void *arg;
	pid_t child; /* 0: nothing is under way */
	int pidfd;
	struct loop_fd *watch;
};

struct publisher *publisher_new(struct loop *loop, const char *folder, const char *haproxy,
				publish_fn *fn, void *arg)
{
	struct publisher *publisher = xcalloc(1, sizeof(*publisher));

	*publisher = (struct publisher){
		.loop = loop,
		.haproxy = xstrdup(haproxy),
		.path = xasprintf("%s/haproxy.cfg", folder),
		.fresh_path = xasprintf("%s/haproxy.cfg.new", folder),
		.log_path = xasprintf("%s/check.log", folder),
		.fn = fn,
		.arg = arg,
		.pidfd = -1,
	};
	return publisher;
}

/* haproxy -c on the fresh file, what it says to a file of its own. */
static bool check_spawn(struct publisher *publisher, char **error)
{
	const char *const argv[] = { publisher->haproxy, "-c", "-f", publisher->fresh_path, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	int failed;

	sigemptyset(&none);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, publisher->log_path,
					 O_WRONLY | O_CREAT | O_TRUNC, 0600);
	posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
	/* HAProxy wants to come back to the folder that it was started in: one that we may not enter
	 * (we were started by root, say) would fail the check. */
	if (*publisher->fresh_path == '/')
		posix_spawn_file_actions_addchdir_np(&actions, "/");
	failed = posix_spawnp(&publisher->child, publisher->haproxy, &actions, &attributes,
			      (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	if (failed) {
		publisher->child = 0;
		*error = xasprintf("cannot run %s: %s; install the package haproxy or set the "
				   "option haproxy",
				   publisher->haproxy, strerror(failed));
	}
	return !failed;
}

/* The first line that HAProxy marks as an alert. */
static char *check_alert(const struct publisher *publisher)
{
	char *log scoped(scoped_free) = file_read(publisher->log_path, NULL);
	const char *alert = log ? strstr(log, "[ALERT]") : NULL;

	if (!alert)
		return xasprintf("HAProxy refuses %s, see %s", publisher->fresh_path,
				 publisher->log_path);
	return xasprintf("HAProxy refuses %s: %.*s", publisher->fresh_path,
			 (int)strcspn(alert, "\n"), alert);
}

/* After the child has ended: the file goes into place, or the reason why not comes back. */
static char *settle(struct publisher *publisher)
{
	int status = -1;

	while (waitpid(publisher->child, &status, 0) < 0 && errno == EINTR)
		;
	publisher->child = 0;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return check_alert(publisher);
	if (rename(publisher->fresh_path, publisher->path) < 0)
		return xasprintf("cannot replace %s: %s", publisher->path, strerror(errno));
	return NULL;
}

static bool begin(struct publisher *publisher, const char *text, char **error)
{
	/* It holds the gateway's secrets. */
	if (!file_write_text(publisher->fresh_path, text, 0600)) {
		*error = xasprintf("cannot write %s: %s", publisher->fresh_path, strerror(errno));
		return false;
	}
	return check_spawn(publisher, error);
}

bool publish_now(struct publisher *publisher, const char *text, char **error)
{
	if (!begin(publisher, text, error))
		return false;
	*error = settle(publisher);
	return !*error;
}

static void watch_end(struct publisher *publisher)
{
	loop_fd_remove(publisher->watch);
	publisher->watch = NULL;
	if (publisher->pidfd >= 0)
		close(publisher->pidfd);
	publisher->pidfd = -1;
}

static void on_child(void *arg, uint32_t events)
{
	struct publisher *publisher = arg;
	char *error scoped(scoped_free) = NULL;

	(void)events;
	watch_end(publisher);
	error = settle(publisher);
	publisher->fn(publisher->arg, error);
}

bool publish(struct publisher *publisher, const char *text)
{
	char *error scoped(scoped_free) = NULL;

	if (publisher->child)
		return false;
	if (begin(publisher, text, &error)) {
		publisher->pidfd = (int)syscall(SYS_pidfd_open, publisher->child, 0);
		if (publisher->pidfd >= 0) {
			publisher->watch = loop_fd_add(publisher->loop, publisher->pidfd, EPOLLIN,
						       on_child, publisher);
			return true;
		}
		error = settle(publisher); /* out of descriptors: wait for the child here */
	}
	publisher->fn(publisher->arg, error);
	return true;
}

bool publish_is_busy(const struct publisher *publisher)
{
	return publisher->child != 0;
}

void publisher_free(struct publisher *publisher)
{
	if (!publisher)
		return;
	watch_end(publisher);
	if (publisher->child)
		waitpid(publisher->child, NULL, 0);
	free(publisher->haproxy);
	free(publisher->path);
	free(publisher->fresh_path);
	free(publisher->log_path);
	free(publisher);
}
