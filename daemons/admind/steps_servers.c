/* Steps of a start: NATS, the PostgreSQL cluster, roles and databases. */
#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "daemons/admind/engine.h"
#include "daemons/admind/logs.h"
#include "daemons/admind/provision.h"
#include "daemons/admind/step.h"
#include "lib/base/mem.h"

#define CRASHES_MAX 3 /* during a start: then it is not going to work */

void step_ensure_unit(struct engine *engine, const struct component *component, int number)
{
	if (!engine_unit(engine, component, number))
		unit_add(engine, component, number);
}

static enum outcome unit_failed(struct engine *engine, const struct unit *unit,
				struct failure *failure)
{
	char *log scoped(scoped_free) = state_path(engine->state, "log/%s.log", unit->record.unit);
	char *line scoped(scoped_free) = log_last_line(log);
	char *hint scoped(scoped_free) = xasprintf("its log is %s", log);

	failure_set(failure, hint, "%s does not start (%s): %s", unit->record.unit, unit->reason,
		    line);
	return STEP_FAILED;
}

enum outcome step_units_ready(struct engine *engine, const struct component *component,
			      struct failure *failure)
{
	const struct unit *unit;
	enum outcome outcome = STEP_DONE;

	TAILQ_FOREACH (unit, &engine->units, link) {
		if (unit->component != component)
			continue;
		if (unit->state == UNIT_WAITING && !unit->adopted && *unit->reason &&
		    unit->record.restarts >= CRASHES_MAX)
			return unit_failed(engine, unit, failure);
		if (!unit->ready && unit->state != UNIT_STOPPING)
			outcome = STEP_WAIT;
	}
	return outcome;
}

bool nats_begin(struct engine *engine, struct failure *failure)
{
	(void)failure;
	step_ensure_unit(engine, component_find("nats"), 0);
	return true;
}

enum outcome nats_look(struct engine *engine, struct failure *failure)
{
	return step_units_ready(engine, component_find("nats"), failure);
}

bool cluster_is_needed(struct engine *engine)
{
	char *path scoped(scoped_free) = state_path(engine->state, "postgres/PG_VERSION");

	return access(path, F_OK) < 0;
}

static int entry_remove(const char *path, const struct stat *info, int type, struct FTW *where)
{
	(void)info;
	(void)type;
	(void)where;
	return remove(path);
}

/* What an initdb that was cut short has left: it never got the cluster's name. */
static bool leftovers_remove(const struct engine *engine, struct failure *failure)
{
	char *path scoped(scoped_free) = state_path(engine->state, "postgres.new");

	if (nftw(path, entry_remove, 16, FTW_DEPTH | FTW_PHYS) < 0 && errno != ENOENT)
		return failure_errno(failure, "cannot remove %s", path);
	return true;
}

bool cluster_begin(struct engine *engine, struct failure *failure)
{
	char *log scoped(scoped_free) = state_path(engine->state, "log/initdb.log");
	struct launch launch = { .log = log };
	bool ok;

	if (!leftovers_remove(engine, failure))
		return false;
	wiring_initdb(&engine->wiring, &launch);
	ok = task_start(&engine->starting.initdb, &launch, failure);
	launch_free(&launch);
	return ok;
}

enum outcome cluster_look(struct engine *engine, struct failure *failure)
{
	struct task *task = &engine->starting.initdb;

	if (!task_is_done(task))
		return STEP_WAIT;
	if (!task_result(task, "making the PostgreSQL cluster", failure) ||
	    !wiring_finish_initdb(&engine->wiring, failure))
		return STEP_FAILED;
	return STEP_DONE;
}

bool postgres_begin(struct engine *engine, struct failure *failure)
{
	const struct component *postgres = component_find("postgres");
	const struct unit *unit = engine_unit(engine, postgres, 0);

	if (!wiring_write_postgres(&engine->wiring, failure))
		return false;
	/* One that an engine before us left running may not know our newest roles. */
	if (unit && unit->record.process.pid > 0)
		child_signal(&unit->record.process, SIGHUP);
	step_ensure_unit(engine, postgres, 0);
	return true;
}

enum outcome postgres_look(struct engine *engine, struct failure *failure)
{
	return step_units_ready(engine, component_find("postgres"), failure);
}

bool databases_begin(struct engine *engine, struct failure *failure)
{
	(void)failure;
	engine->starting.provision = provision_start(engine->state);
	return true;
}

enum outcome databases_look(struct engine *engine, struct failure *failure)
{
	if (!provision_is_done(engine->starting.provision))
		return STEP_WAIT;
	return provision_end(take_ptr(engine->starting.provision), failure) ? STEP_DONE
									    : STEP_FAILED;
}
