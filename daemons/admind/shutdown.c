/* Ending everything of a state folder, in order, from its records and from /proc. */
#include "daemons/admind/shutdown.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "daemons/admind/child.h"
#include "daemons/admind/component.h"
#include "daemons/admind/record.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

#define WAVES     8
#define HURRY_MS  100 /* the gateway is gone already: a daemon need not wait for it to notice */
#define STRAY_MS  5000
#define KILLED_MS 5000

struct leaver {
	const struct record *record;
	const struct component *component;
	int fd; /* pidfd; -1: gone */
	int64_t then_at, kill_at;
	bool killed;
};

static void tell(shutdown_fn *report, void *arg, const char *unit, const char *what)
{
	if (report)
		report(arg, unit, what);
}

static void leaver_escalate(struct leaver *leaver, int64_t now)
{
	const struct process *process = &leaver->record->process;
	const struct component *component = leaver->component;

	if (now >= leaver->kill_at && !leaver->killed) {
		leaver->killed = true;
		leaver->kill_at = now + KILLED_MS;
		child_signal(process, SIGKILL);
	} else if (leaver->then_at && now >= leaver->then_at) {
		leaver->then_at = 0;
		child_signal(process, component->is_daemon ? component->stop_signal
							   : component->then_signal);
	}
}

static void leaver_ended(const struct state *state, struct leaver *leaver, shutdown_fn *report,
			 void *arg)
{
	scoped_close(&leaver->fd);
	leaver->fd = -1;
	waitpid(leaver->record->process.pid, NULL, WNOHANG); /* when it is our own child */
	record_remove(state, leaver->record->unit);
	tell(report, arg, leaver->record->unit, leaver->killed ? "killed" : "stopped");
}

/* Waits for all of a wave; false when one does not even obey SIGKILL. */
static bool wave_wait(const struct state *state, struct leaver *leavers, size_t count,
		      shutdown_fn *report, void *arg)
{
	struct pollfd fds[RECORDS_MAX];
	size_t left = count;

	while (left) {
		int64_t now = clock_mono_ms();

		for (size_t i = 0; i < count; i++)
			fds[i] = (struct pollfd){ .fd = leavers[i].fd, .events = POLLIN };
		poll(fds, count, 20);
		for (size_t i = 0; i < count; i++) {
			if (leavers[i].fd < 0)
				continue;
			if (fds[i].revents) {
				leaver_ended(state, &leavers[i], report, arg);
				left--;
			} else if (leavers[i].killed && now >= leavers[i].kill_at) {
				return false;
			} else {
				leaver_escalate(&leavers[i], now);
			}
		}
	}
	return true;
}

static bool leaver_start(const struct state *state, const struct record *record, struct leaver *out)
{
	const struct component *component = component_find(record->component);
	int64_t now = clock_mono_ms();

	if (!component || !record_is_alive(record) ||
	    !process_is_of(record->process.pid, state->dir)) {
		record_remove(state, record->unit);
		return false;
	}
	*out = (struct leaver){ .record = record, .component = component };
	out->fd = child_watch(&record->process);
	out->kill_at = now + component->stop_ms;
	out->then_at = component->then_signal ? now + component->stop_ms / 2 : 0;
	if (component->is_daemon)
		out->then_at = now + HURRY_MS;
	if (out->fd < 0) {
		record_remove(state, record->unit);
		return false;
	}
	child_signal(&record->process, component->stop_signal);
	return true;
}

static bool wave_stop(const struct state *state, int wave, const struct record *records,
		      size_t count, shutdown_fn *report, void *arg)
{
	struct leaver leavers[RECORDS_MAX];
	size_t leaving = 0;

	for (size_t i = 0; i < count; i++) {
		const struct component *component = component_find(records[i].component);

		if ((component ? component->wave : 0) != wave ||
		    !leaver_start(state, &records[i], &leavers[leaving]))
			continue;
		leaving++;
		tell(report, arg, records[i].unit, "stopping");
	}
	return wave_wait(state, leavers, leaving, report, arg);
}

static int stray_signal(pid_t pid)
{
	char *exe scoped(scoped_free) = process_exe(pid);
	const char *name = exe ? strrchr(exe, '/') : NULL;
	const struct component *component = name ? component_find(name + 1) : NULL;

	return component ? component->stop_signal : SIGTERM;
}

void shutdown_strays(const struct state *state)
{
	struct process strays[RECORDS_MAX];
	size_t count = records_find_strays(state, strays, RECORDS_MAX);
	int64_t deadline = clock_mono_ms() + STRAY_MS;

	for (size_t i = 0; i < count; i++) {
		struct pollfd fd = { .fd = child_watch(&strays[i]), .events = POLLIN };
		int64_t left = deadline - clock_mono_ms();

		child_signal(&strays[i], stray_signal(strays[i].pid));
		if (fd.fd >= 0 && poll(&fd, 1, left > 0 ? (int)left : 0) == 0)
			child_signal(&strays[i], SIGKILL);
		scoped_close(&fd.fd);
	}
}

bool shutdown_everything(const struct state *state, shutdown_fn *report, void *arg)
{
	size_t count;
	struct record *records scoped(scoped_free) = records_read(state, &count);
	bool ok = true;

	for (int wave = WAVES; wave >= 0; wave--)
		ok = wave_stop(state, wave, records, count, report, arg) && ok;
	shutdown_strays(state);
	return ok;
}
