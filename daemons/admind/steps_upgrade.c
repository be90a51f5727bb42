/* Steps of a start: the configuration is understood, old data is saved, schemas are current. */
#include <stdlib.h>

#include "daemons/admind/budget.h"
#include "daemons/admind/engine.h"
#include "daemons/admind/step.h"
#include "lib/base/mem.h"

/* Starts one task per component that `concerns` picks. */
typedef bool concerns_fn(const struct component *component);
typedef void make_fn(struct engine *engine, const struct component *component,
		     struct launch *launch);

static bool is_daemon(const struct component *component)
{
	return component->is_daemon;
}

static bool has_database(const struct component *component)
{
	return component->database_connections > 0;
}

static bool tasks_begin(struct engine *engine, struct task *tasks, const char *what,
			concerns_fn *concerns, make_fn *make, struct failure *failure)
{
	for (size_t i = 0; components[i].name; i++) {
		char *log scoped(scoped_free) = state_path(engine->state, "log/%s-%s.log",
							   components[i].name, what);
		char *output scoped(scoped_free) = state_path(engine->state, "run/%s.%s",
							      components[i].name, what);
		struct launch launch = { .log = log, .output = output };
		bool ok;

		if (!concerns(&components[i]))
			continue;
		make(engine, &components[i], &launch);
		ok = task_start(&tasks[i], &launch, failure);
		launch_free(&launch);
		if (!ok)
			return false;
	}
	return true;
}

static enum outcome tasks_look(struct task *tasks, const char *what, struct failure *failure)
{
	enum outcome outcome = STEP_DONE;

	for (size_t i = 0; components[i].name; i++) {
		char *name scoped(scoped_free) = xasprintf("%s of %s", what, components[i].name);

		if (!tasks[i].started)
			continue;
		if (!task_is_done(&tasks[i]))
			outcome = STEP_WAIT;
		else if (!task_result(&tasks[i], name, failure))
			return STEP_FAILED;
	}
	return outcome;
}

static void config_make(struct engine *engine, const struct component *component,
			struct launch *launch)
{
	wiring_config(&engine->wiring, component, launch);
}

bool config_begin(struct engine *engine, struct failure *failure)
{
	return tasks_begin(engine, engine->starting.tasks, "config", is_daemon, config_make,
			   failure);
}

enum outcome config_look(struct engine *engine, struct failure *failure)
{
	enum outcome outcome = tasks_look(engine->starting.tasks, "the configuration", failure);

	if (outcome != STEP_DONE)
		return outcome;
	for (size_t i = 0; components[i].name; i++)
		engine->connections[i] = budget_per_instance(engine->state, &components[i]);
	return STEP_DONE;
}

bool backup_is_needed(struct engine *engine)
{
	return !engine->state->is_new &&
	       version_compare(engine->state->version, PACKAGE_VERSION) < 0;
}

bool backup_begin(struct engine *engine, struct failure *failure)
{
	return backup_work_create(engine, "upgrade", NULL, failure);
}

enum outcome backup_look(struct engine *engine, struct failure *failure)
{
	if (backup_work_runs(engine))
		return STEP_WAIT;
	return backup_work_result(engine, failure) ? STEP_DONE : STEP_FAILED;
}

static void migrate_make(struct engine *engine, const struct component *component,
			 struct launch *launch)
{
	wiring_migrate(&engine->wiring, component, launch);
}

bool migrate_begin(struct engine *engine, struct failure *failure)
{
	return tasks_begin(engine, engine->starting.migrations, "migrate", has_database,
			   migrate_make, failure);
}

enum outcome migrate_look(struct engine *engine, struct failure *failure)
{
	return tasks_look(engine->starting.migrations, "the migration", failure);
}
