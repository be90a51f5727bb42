/*
 * The engine: the units of a shop, the steps that start it, and at most one operation (scaling,
 * rolling) at a time. Everything is looked at in ticks: each looks at what is and does the next
 * thing, so that an engine that was killed goes on from what it finds.
 */
#ifndef ECOM_DAEMONS_ADMIND_ENGINE_H
#define ECOM_DAEMONS_ADMIND_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "daemons/admind/backup_work.h"
#include "daemons/admind/operation.h"
#include "daemons/admind/settings.h"
#include "daemons/admind/state.h"
#include "daemons/admind/steps.h"
#include "daemons/admind/unit.h"
#include "daemons/admind/wiring.h"

struct loop;
struct loop_timer;
struct service;

enum engine_state { ENGINE_STARTING, ENGINE_RUNNING, ENGINE_FAILED, ENGINE_STOPPING };

struct engine {
	struct service *service;
	struct loop *loop;
	struct loop_timer *timer;
	struct loop_timer *logs;
	struct state *state;
	struct settings settings;
	struct wiring wiring;
	struct unit_list units;
	struct starting starting;
	struct operation operation;
	struct backup_work backup;
	enum engine_state phase;
	struct failure failure; /* ENGINE_FAILED: why */
	int64_t started_ms;     /* calendar time */
	int adopted;            /* units that an earlier engine had started */
	bool roll_all;          /* they are of an older version: roll them once all is up */
	int connections
		[COMPONENTS_MAX]; /* database connections of one instance; 0: not known yet */
};

/* Checks everything and takes over what runs; the loop does the rest. Takes the state. */
bool engine_open(struct engine *engine, struct service *service, struct state *state, int port,
		 struct failure *failure);
/* Ends everything that runs, in order, and gives the state back. Waits. */
void engine_close(struct engine *engine);

void engine_tick_soon(struct engine *engine);

/* The one of this process, for its routes. */
struct engine *engine_get(void);

struct unit *engine_unit(struct engine *engine, const struct component *component, int number);
size_t engine_count(struct engine *engine, const struct component *component, bool ready_only);
int engine_highest(struct engine *engine, const struct component *component); /* 0: none */

/* "0.1.0" of our daemons, PostgreSQL's major version, "" where it is not known. */
const char *engine_version_of(const struct engine *engine, const struct component *component);
const char *engine_phase_name(const struct engine *engine);

#endif
