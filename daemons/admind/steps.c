/* The steps of a start: the table, and its order. */
#include "daemons/admind/steps.h"

#include <stdlib.h>

#include "daemons/admind/engine.h"
#include "daemons/admind/probe.h"
#include "daemons/admind/progress.h"
#include "daemons/admind/provision.h"
#include "daemons/admind/step.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"

enum { CONFIG, NATS, CLUSTER, POSTGRES, DATABASES, BACKUP, MIGRATE, DAEMONS, GATEWAY, ANSWER };

#define AFTER(step) (1U << (step))

static const struct step {
	const char *name, *message;
	unsigned int after; /* bits of the steps it needs */
	int limit_ms;
	bool (*is_needed)(struct engine *engine); /* NULL: always */
	bool (*begin)(struct engine *engine, struct failure *failure);
	enum outcome (*look)(struct engine *engine, struct failure *failure);
} steps[] = {
	[CONFIG] = { "configuration", "Checking the configuration", 0, 20000, NULL, config_begin,
		     config_look },
	[NATS] = { "nats", "Starting NATS", 0, 20000, NULL, nats_begin, nats_look },
	[CLUSTER] = { "cluster", "Making the PostgreSQL cluster", 0, 120000, cluster_is_needed,
		      cluster_begin, cluster_look },
	/* After a crash it replays its log first: that may take a while. */
	[POSTGRES] = { "postgres", "Starting PostgreSQL", AFTER(CLUSTER), 300000, NULL,
		       postgres_begin, postgres_look },
	[DATABASES] = { "databases", "Making roles and databases", AFTER(POSTGRES), 60000, NULL,
			databases_begin, databases_look },
	[BACKUP] = { "backup", "Backing up before the upgrade", AFTER(DATABASES) | AFTER(CONFIG),
		     3600000, backup_is_needed, backup_begin, backup_look },
	[MIGRATE] = { "migrations", "Bringing the databases up to date", AFTER(BACKUP), 3600000,
		      NULL, migrate_begin, migrate_look },
	[DAEMONS] = { "daemons", "Starting the daemons", AFTER(MIGRATE) | AFTER(NATS), 60000, NULL,
		      daemons_begin, daemons_look },
	[GATEWAY] = { "gateway", "Starting HAProxy", AFTER(MIGRATE) | AFTER(NATS), 60000, NULL,
		      gateway_begin, gateway_look },
	[ANSWER] = { "answer", "Waiting for the first answer", AFTER(DAEMONS) | AFTER(GATEWAY),
		     30000, NULL, answer_begin, answer_look },
};

static bool step_may_begin(const struct starting *starting, const struct step *step)
{
	for (size_t i = 0; i < array_size(steps); i++) {
		if ((step->after & AFTER(i)) && starting->steps[i] != STEP_ENDED)
			return false;
	}
	return true;
}

static enum outcome step_begin(struct engine *engine, size_t i, struct failure *failure)
{
	const struct step *step = &steps[i];

	if (step->is_needed && !step->is_needed(engine)) {
		engine->starting.steps[i] = STEP_ENDED;
		return STEP_DONE;
	}
	progress_step(step->name, step->message);
	engine->starting.steps[i] = STEP_BEGUN;
	engine->starting.begun_ms[i] = clock_mono_ms();
	return step->begin(engine, failure) ? STEP_WAIT : STEP_FAILED;
}

static enum outcome step_look(struct engine *engine, size_t i, struct failure *failure)
{
	enum outcome outcome = steps[i].look(engine, failure);
	int64_t since = clock_mono_ms() - engine->starting.begun_ms[i];

	if (outcome == STEP_DONE)
		engine->starting.steps[i] = STEP_ENDED;
	if (outcome == STEP_WAIT && since > steps[i].limit_ms) {
		failure_set(failure,
			    "ecomctl status and the files in the state folder's log tell "
			    "more",
			    "\"%s\" did not come to an end within %d s", steps[i].message,
			    steps[i].limit_ms / 1000);
		return STEP_FAILED;
	}
	return outcome;
}

enum outcome steps_tick(struct engine *engine, struct failure *failure)
{
	struct starting *starting = &engine->starting;
	bool all_ended = true;

	for (size_t i = 0; i < array_size(steps); i++) {
		enum outcome outcome = STEP_WAIT;

		if (starting->steps[i] == STEP_NEW && step_may_begin(starting, &steps[i]))
			outcome = step_begin(engine, i, failure);
		if (outcome != STEP_FAILED && starting->steps[i] == STEP_BEGUN)
			outcome = step_look(engine, i, failure);
		if (outcome == STEP_FAILED)
			return STEP_FAILED;
		all_ended = all_ended && starting->steps[i] == STEP_ENDED;
	}
	return all_ended ? STEP_DONE : STEP_WAIT;
}

void steps_free(struct starting *starting)
{
	struct failure ignored;

	probe_cancel(take_ptr(starting->probe));
	if (starting->provision)
		provision_end(take_ptr(starting->provision), &ignored);
	for (size_t i = 0; i < COMPONENTS_MAX; i++) {
		task_free(&starting->tasks[i]);
		task_free(&starting->migrations[i]);
	}
	task_free(&starting->initdb);
}
