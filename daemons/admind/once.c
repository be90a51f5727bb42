/* Programs that a blocking program runs and waits for. */
#include "daemons/admind/once.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>

#include "daemons/admind/record.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"

#define LOOK_MS      1000 /* a signal that comes between two looks is noticed so late at most */
#define GONE_LOOK_MS 10

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
	(void)number;
	interrupted = 1;
}

void once_open(void)
{
	const struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	signal(SIGPIPE, SIG_IGN); /* nobody needs to read our progress */
}

bool once_interrupted(struct failure *failure)
{
	if (interrupted)
		failure_set(failure, NULL, "interrupted");
	return interrupted;
}

/* With it an engine finds what its predecessor left. */
void once_environment(struct launch *launch)
{
	const char *path = getenv("PATH"), *run = getenv(RECORD_VARIABLE);

	words_add(&launch->environment, "LANG=C.UTF-8");
	words_add(&launch->environment, "TZ=UTC");
	words_add(&launch->environment, "PATH=%s", path ? path : "/usr/bin:/bin");
	if (run)
		words_add(&launch->environment, RECORD_VARIABLE "=%s", run);
}

/* Until the next look. */
static int wait_ms(int fd, int64_t deadline_ms)
{
	int64_t left_ms = deadline_ms - clock_mono_ms();
	int look_ms = fd < 0 ? GONE_LOOK_MS : LOOK_MS;

	if (left_ms <= 0) /* told to end */
		return look_ms;
	return left_ms < look_ms ? (int)left_ms : look_ms;
}

bool once_run_within(const char *logs, const char *name, struct launch *launch, const char *what,
		     int64_t most_ms, struct failure *failure)
{
	char *log scoped(scoped_free) = xasprintf("%s/%s.log", logs, name);
	int64_t deadline_ms = most_ms ? clock_mono_ms() + most_ms : INT64_MAX;
	struct task task = { 0 };
	bool ok, told = false, late = false;

	launch->log = log;
	once_environment(launch);
	ok = task_start(&task, launch, failure);
	launch_free(launch);
	while (ok && !task_is_done(&task)) {
		int fd scoped(scoped_close) = child_watch(&task.process);

		poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, wait_ms(fd, deadline_ms));
		late = late || clock_mono_ms() >= deadline_ms;
		if ((interrupted || late) && !told)
			told = child_signal(&task.process, SIGTERM);
	}
	ok = ok && !once_interrupted(failure) && task_result(&task, what, failure);
	if (!ok && late && !interrupted)
		failure_set(failure, NULL, "%s took longer than %lld ms", what, (long long)most_ms);
	task_free(&task);
	return ok;
}

bool once_run(const char *logs, const char *name, struct launch *launch, const char *what,
	      struct failure *failure)
{
	return once_run_within(logs, name, launch, what, 0, failure);
}
