/* The engine: opening, ticking, closing. */
#include "daemons/admind/engine.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemons/admind/child.h"
#include "daemons/admind/logs.h"
#include "daemons/admind/ports.h"
#include "daemons/admind/programs.h"
#include "daemons/admind/progress.h"
#include "daemons/admind/shutdown.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/daemon/daemon.h"
#include "lib/loop/loop.h"

#define TICK_BUSY_MS 20
#define TICK_IDLE_MS 1000

static struct engine *the_engine;

struct engine *engine_get(void)
{
	return the_engine;
}

/* --- opening ---------------------------------------------------------------------------------- */

static bool take_ports(struct engine *engine, int port, struct failure *failure)
{
	struct settings *settings = &engine->settings;
	int error;

	if (engine->adopted && port && settings->port && port != settings->port)
		return failure_set(failure, "ecomctl down, then up with the other port",
				   "this shop runs on port %d, not on %d", settings->port, port);
	if (port)
		settings->port = port;
	if (!settings->port)
		settings->port = DEFAULT_PORT;
	if (!engine_unit(engine, component_find("haproxy"), 0) &&
	    !ports_check(settings->port, failure))
		return false;
	if (!engine_unit(engine, component_find("nats"), 0) &&
	    (!settings->nats_port || !port_is_free(settings->nats_port, &error)))
		settings->nats_port = port_choose();
	if (!settings->nats_port)
		return failure_set(failure, NULL, "there is no free port for NATS");
	return settings_save(engine->state, settings, failure);
}

static bool is_older(const struct record *record)
{
	const struct component *component = component_find(record->component);

	return component && component->is_daemon && !str_eq(record->version, PACKAGE_VERSION);
}

/* What an engine before us left running, or nearly started. */
static void adopt(struct engine *engine)
{
	size_t count;
	struct record *records scoped(scoped_free) = records_read(engine->state, &count);

	for (size_t i = 0; i < count; i++) {
		if (unit_adopt(engine, &records[i])) {
			engine->adopted++;
			engine->roll_all = engine->roll_all || is_older(&records[i]);
		} else {
			record_remove(engine->state, records[i].unit);
		}
	}
	shutdown_strays(engine->state);
	if (engine->adopted)
		log_info("adopted %d processes", engine->adopted);
}

static void timer_fired(void *arg);

static void look_at_logs(void *arg)
{
	const struct engine *engine = arg;
	char *folder scoped(scoped_free) = state_path(engine->state, "log");

	logs_trim(folder, LOG_SIZE_MAX);
}

/* A server that an older engine started learns of users and rights that are new. */
static void reload_nats(struct engine *engine)
{
	const struct unit *unit = engine_unit(engine, component_find("nats"), 0);

	if (unit)
		child_signal(&unit->record.process, SIGHUP);
}

bool engine_open(struct engine *engine, struct service *service, struct state *state, int port,
		 struct failure *failure)
{
	*engine = (struct engine){ .service = service, .loop = service->loop, .state = state };
	engine->started_ms = clock_real_ms();
	TAILQ_INIT(&engine->units);
	the_engine = engine;
	if (!settings_load(state, &engine->settings, failure) || !programs_check(state, failure))
		return false;
	adopt(engine);
	if (!take_ports(engine, port, failure))
		return false;
	wiring_open(&engine->wiring, state, &engine->settings);
	if (!wiring_write(&engine->wiring, failure))
		return false;
	if (engine->roll_all)
		reload_nats(engine);
	engine->timer = loop_timer_add(engine->loop, 1, 0, timer_fired, engine);
	engine->logs = loop_timer_add(engine->loop, LOGS_EVERY_MS, LOGS_EVERY_MS, look_at_logs,
				      engine);
	return true;
}

/* --- ticking ---------------------------------------------------------------------------------- */

struct unit *engine_unit(struct engine *engine, const struct component *component, int number)
{
	struct unit *unit;

	TAILQ_FOREACH (unit, &engine->units, link) {
		if (unit->component == component && unit->record.number == number)
			return unit;
	}
	return NULL;
}

size_t engine_count(struct engine *engine, const struct component *component, bool ready_only)
{
	const struct unit *unit;
	size_t count = 0;

	TAILQ_FOREACH (unit, &engine->units, link)
		count += unit->component == component && (unit->ready || !ready_only);
	return count;
}

int engine_highest(struct engine *engine, const struct component *component)
{
	const struct unit *unit;
	int highest = 0;

	TAILQ_FOREACH (unit, &engine->units, link) {
		if (unit->component == component && unit->record.number > highest)
			highest = unit->record.number;
	}
	return highest;
}

static bool units_tick(struct engine *engine)
{
	int64_t now = clock_mono_ms();
	struct unit *unit, *next;
	bool busy = false;

	for (unit = TAILQ_FIRST(&engine->units); unit; unit = next) {
		next = TAILQ_NEXT(unit, link);
		unit_tick(unit, now);
		busy = busy || !unit->ready;
		if (unit->state == UNIT_STOPPED)
			unit_free(unit);
	}
	return busy;
}

static void engine_is_up(struct engine *engine)
{
	struct failure failure;

	engine->phase = ENGINE_RUNNING;
	if (!state_write_version(engine->state, &failure))
		progress_error(&failure);
	for (size_t i = 0; components[i].name && engine->roll_all; i++) {
		if (components[i].is_daemon)
			operation_roll(engine, &components[i]);
	}
	progress_ready(engine->adopted);
}

/* Ends admind the way a signal from outside would, without waiting for the gateway. */
static void end_ourselves(void)
{
	kill(getpid(), SIGTERM);
}

static void start_failed(struct engine *engine, const struct failure *failure)
{
	log_error("%s", failure->error);
	progress_error(failure);
	steps_free(&engine->starting);
	engine->phase = ENGINE_FAILED;
	engine->failure = *failure;
	/* What an earlier engine started goes on serving, and we look after it. */
	if (!engine->adopted)
		end_ourselves();
}

static void engine_tick(struct engine *engine)
{
	struct failure failure = { 0 };
	bool busy = units_tick(engine);

	if (engine->phase == ENGINE_STARTING) {
		enum outcome outcome = steps_tick(engine, &failure);

		busy = true;
		if (outcome == STEP_DONE)
			engine_is_up(engine);
		else if (outcome == STEP_FAILED)
			start_failed(engine, &failure);
	} else if (engine->phase == ENGINE_RUNNING) {
		busy = operation_tick(engine) || busy;
		backup_work_tick(engine);
	}
	loop_timer_remove(engine->timer);
	engine->timer = loop_timer_add(engine->loop, busy ? TICK_BUSY_MS : TICK_IDLE_MS, 0,
				       timer_fired, engine);
}

static void timer_fired(void *arg)
{
	struct engine *engine = arg;

	engine->timer = NULL; /* the loop frees it */
	engine_tick(engine);
}

void engine_tick_soon(struct engine *engine)
{
	if (!engine->timer)
		return; /* inside a tick: the next one is near */
	loop_timer_remove(engine->timer);
	engine->timer = loop_timer_add(engine->loop, 1, 0, timer_fired, engine);
}

/* --- closing ---------------------------------------------------------------------------------- */

static void tell_stopped(void *arg, const char *unit, const char *what)
{
	(void)arg;
	log_info("%s: %s", unit, what);
}

void engine_close(struct engine *engine)
{
	struct unit *unit;

	engine->phase = engine->phase == ENGINE_FAILED ? ENGINE_FAILED : ENGINE_STOPPING;
	loop_timer_remove(engine->timer);
	loop_timer_remove(engine->logs);
	engine->timer = engine->logs = NULL;
	steps_free(&engine->starting);
	backup_work_free(engine);
	while ((unit = TAILQ_FIRST(&engine->units)))
		unit_free(unit);
	shutdown_everything(engine->state, tell_stopped, NULL);
	wiring_close(&engine->wiring);
	state_free(engine->state);
}

const char *engine_version_of(const struct engine *engine, const struct component *component)
{
	static char postgres[16];

	if (component->is_daemon)
		return PACKAGE_VERSION;
	if (!str_eq(component->name, "postgres"))
		return "";
	snprintf(postgres, sizeof(postgres), "%d", postgres_cluster_version(engine->state));
	return postgres;
}

const char *engine_phase_name(const struct engine *engine)
{
	static const char *const names[] = {
		[ENGINE_STARTING] = "starting",
		[ENGINE_RUNNING] = "running",
		[ENGINE_FAILED] = "failed",
		[ENGINE_STOPPING] = "stopping",
	};

	return names[engine->phase];
}
