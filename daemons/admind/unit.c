/* A unit: one process that should run. */
#include "daemons/admind/unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "daemons/admind/child.h"
#include "daemons/admind/engine.h"
#include "daemons/admind/probe.h"
#include "daemons/admind/progress.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/daemon/daemon.h"
#include "lib/loop/loop.h"

static struct unit *unit_new(struct engine *engine, const struct component *component, int number)
{
	struct unit *unit = xcalloc(1, sizeof(*unit));

	*unit = (struct unit){ .engine = engine, .component = component, .fd = -1 };
	unit->backoff_ms = BACKOFF_FIRST_MS;
	unit->record.number = number;
	snprintf(unit->record.component, sizeof(unit->record.component), "%s", component->name);
	if (number)
		snprintf(unit->record.unit, sizeof(unit->record.unit), "%s-%d", component->name,
			 number);
	else
		snprintf(unit->record.unit, sizeof(unit->record.unit), "%s", component->name);
	TAILQ_INSERT_TAIL(&engine->units, unit, link);
	return unit;
}

struct unit *unit_add(struct engine *engine, const struct component *component, int number)
{
	struct unit *unit = unit_new(engine, component, number);

	unit->start_at_ms = clock_mono_ms();
	return unit;
}

static void process_forget(struct unit *unit)
{
	probe_cancel(take_ptr(unit->probe));
	loop_fd_remove(take_ptr(unit->watch));
	scoped_close(&unit->fd);
	unit->fd = -1;
	unit->ready = false;
	record_remove(unit->engine->state, unit->record.unit);
	unit->record.process = (struct process){ 0 };
}

void unit_free(struct unit *unit)
{
	probe_cancel(unit->probe);
	loop_fd_remove(unit->watch);
	scoped_close(&unit->fd);
	TAILQ_REMOVE(&unit->engine->units, unit, link);
	free(unit);
}

static void unit_wait(struct unit *unit, int64_t now)
{
	int64_t most = options_int(unit->engine->service->options, "restart_most");

	if (now - unit->started_ms >= HEALTHY_MS)
		unit->backoff_ms = BACKOFF_FIRST_MS;
	unit->state = UNIT_WAITING;
	unit->start_at_ms = now + unit->backoff_ms;
	unit->backoff_ms *= 2;
	if (unit->backoff_ms > most)
		unit->backoff_ms = most;
	unit->record.restarts++;
}

static void unit_ended(struct unit *unit)
{
	int64_t now = clock_mono_ms(), was_backoff;
	int status;

	if (!child_reap(unit->record.process.pid, &status, unit->reason, sizeof(unit->reason)))
		snprintf(unit->reason, sizeof(unit->reason), "reason unknown");
	process_forget(unit);
	if (unit->state == UNIT_STOPPING) {
		unit->state = UNIT_STOPPED;
		return;
	}
	unit_wait(unit, now);
	was_backoff = unit->start_at_ms - now;
	progress_event("%s ended (%s); it starts again in %lld.%lld s", unit->record.unit,
		       unit->reason, (long long)was_backoff / 1000,
		       (long long)was_backoff % 1000 / 100);
}

static void process_ended(void *arg, uint32_t events)
{
	struct unit *unit = arg;
	struct engine *engine = unit->engine;

	(void)events;
	unit_ended(unit);
	engine_tick_soon(engine);
}

/* The process is there: watches it. False when it is gone already. */
static bool process_watch(struct unit *unit)
{
	unit->fd = child_watch(&unit->record.process);
	unit->state = UNIT_RUNNING;
	unit->started_ms = unit->look_at_ms = clock_mono_ms();
	unit->was_ready = false;
	if (unit->fd < 0)
		return false;
	unit->watch = loop_fd_add(unit->engine->loop, unit->fd, EPOLLIN, process_ended, unit);
	return true;
}

bool unit_adopt(struct engine *engine, const struct record *record)
{
	const struct component *component = component_find(record->component);
	struct unit *unit;

	if (!component || !record_is_alive(record))
		return false;
	unit = unit_new(engine, component, record->number);
	unit->record = *record;
	unit->adopted = true;
	if (process_watch(unit))
		return true;
	unit_free(unit);
	return false;
}

static void unit_start(struct unit *unit)
{
	struct launch launch = { 0 };
	char *log scoped(scoped_free) = state_path(unit->engine->state, "log/%s.log",
						   unit->record.unit);
	struct failure failure;
	char *exe;

	launch.log = log;
	wiring_launch(&unit->engine->wiring, unit->component, unit->record.unit, &launch);
	unit->adopted = false;
	if (!child_start(&launch, &unit->record.process, &failure)) {
		snprintf(unit->reason, sizeof(unit->reason), "%s", failure.error);
		unit->started_ms = clock_mono_ms();
		unit_wait(unit, unit->started_ms);
		progress_event("%s", failure.error);
		launch_free(&launch);
		return;
	}
	exe = process_exe(unit->record.process.pid);
	snprintf(unit->record.exe, sizeof(unit->record.exe), "%s",
		 exe ? exe : launch.arguments.list[0]);
	free(exe);
	snprintf(unit->record.version, sizeof(unit->record.version), "%s",
		 engine_version_of(unit->engine, unit->component));
	if (!record_write(unit->engine->state, &unit->record))
		progress_event("cannot write the record of %s: is the disk full?",
			       unit->record.unit);
	launch_free(&launch);
	if (!process_watch(unit))
		unit_ended(unit);
}

void unit_stop(struct unit *unit)
{
	int64_t now = clock_mono_ms();

	if (unit->state == UNIT_WAITING)
		unit->state = UNIT_STOPPED;
	if (unit->state != UNIT_RUNNING)
		return;
	unit->state = UNIT_STOPPING;
	unit->ready = false;
	unit->kill_at_ms = now + unit->component->stop_ms;
	unit->then_at_ms = unit->component->then_signal ? now + unit->component->stop_ms / 2 : 0;
	child_signal(&unit->record.process, unit->component->stop_signal);
}

static void unit_escalate(struct unit *unit, int64_t now)
{
	if (now >= unit->kill_at_ms) {
		unit->kill_at_ms = now + 1000;
		child_signal(&unit->record.process, SIGKILL);
	} else if (unit->then_at_ms && now >= unit->then_at_ms) {
		unit->then_at_ms = 0;
		child_signal(&unit->record.process, unit->component->then_signal);
	}
}

void unit_tick(struct unit *unit, int64_t now)
{
	if (unit->state == UNIT_WAITING && now >= unit->start_at_ms)
		unit_start(unit);
	else if (unit->state == UNIT_STOPPING)
		unit_escalate(unit, now);
	else if (unit->state == UNIT_RUNNING && now >= unit->look_at_ms && !unit->probe)
		unit_look(unit, now);
}

const char *unit_state_name(const struct unit *unit)
{
	if (unit->state == UNIT_WAITING)
		return "waiting";
	if (unit->state == UNIT_STOPPING)
		return "stopping";
	if (unit->state == UNIT_STOPPED)
		return "stopped";
	if (unit->ready)
		return "ready";
	return unit->was_ready ? "not_ready" : "starting";
}

char *unit_address(const struct unit *unit, const char *which)
{
	char *path scoped(scoped_free) = state_path(unit->engine->state, "run/%s.ports",
						    unit->record.unit);
	size_t len = 0;
	char *text scoped(scoped_free) = file_read(path, &len);
	const char *error, *address;
	json_t *json scoped(scoped_json) = text ? json_parse(text, len, &error) : NULL;

	address = json ? json_get_string(json, which, NULL) : NULL;
	return address ? xstrdup(address) : NULL;
}
