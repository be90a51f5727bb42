/* Keeping what runs equal to what is wanted, and rolling. */
#include "daemons/admind/operation.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemons/admind/child.h"
#include "daemons/admind/engine.h"
#include "daemons/admind/progress.h"
#include "daemons/admind/slots.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

#define START_MOST_MS   60000
#define GATEWAY_MOST_MS 10000 /* a gateway that does not notice holds nothing up for longer */

/* --- as many as wanted ------------------------------------------------------------------------ */

static bool serves(const struct engine *engine, const struct unit *unit)
{
	char *address scoped(scoped_free) = NULL;

	if (!unit || !unit->ready)
		return false;
	address = unit_address(unit, "address");
	return !address || !*address || !slots_lack(engine->state, address);
}

static bool wanted_serve(struct engine *engine, const struct component *component, int wanted)
{
	for (int number = 1; number <= wanted; number++) {
		if (!serves(engine, engine_unit(engine, component, number)))
			return false;
	}
	return true;
}

static bool reconcile(struct engine *engine, const struct component *component)
{
	int wanted = settings_replicas(&engine->settings, component);
	bool busy = false;

	for (int number = 1; number <= wanted; number++) {
		if (!engine_unit(engine, component, number)) {
			unit_add(engine, component, number);
			busy = true;
		}
	}
	for (int number = engine_highest(engine, component); number > wanted; number--) {
		struct unit *unit = engine_unit(engine, component, number);

		/* What is surplus serves until those that stay do. */
		if (unit && unit->state != UNIT_STOPPING && wanted_serve(engine, component, wanted))
			unit_stop(unit);
		busy = true;
	}
	return busy;
}

/* --- rolling ---------------------------------------------------------------------------------- */

static void phase_set(struct operation *operation, enum roll_phase phase, int64_t most_ms)
{
	operation->phase = phase;
	operation->deadline_ms = clock_mono_ms() + most_ms;
	operation->settled_ms = 0;
}

static void roll_end(struct operation *operation, const char *error)
{
	char *text = operation->errors[operation->rolling - components];

	snprintf(text, sizeof(operation->errors[0]), "%s", error ? error : "");
	if (error)
		progress_event("the roll of %s was given up: %s", operation->rolling->name, error);
	else
		log_info("%s is rolled", operation->rolling->name);
	operation->rolling = NULL;
	operation->phase = ROLL_IDLE;
}

/* Ready, and requests come its way. */
static bool unit_is_settled(struct engine *engine, const struct unit *unit)
{
	struct operation *operation = &engine->operation;
	char *address scoped(scoped_free) = NULL;
	int64_t now = clock_mono_ms();

	if (!unit || !unit->ready)
		return false;
	if (!operation->settled_ms)
		operation->settled_ms = now;
	address = unit_address(unit, "address");
	return !address || !*address || slots_have(engine->state, address) ||
	       now - operation->settled_ms > GATEWAY_MOST_MS;
}

static int unit_number(const struct operation *operation)
{
	return operation->rolling->is_daemon ? operation->number : 0;
}

static void next_number(struct engine *engine)
{
	struct operation *operation = &engine->operation;
	struct unit *unit;

	if (++operation->number <= operation->count) {
		unit = engine_unit(engine, operation->rolling, unit_number(operation));
		if (unit)
			unit_stop(unit);
		phase_set(operation, ROLL_STOP, operation->rolling->stop_ms * 2);
	} else if (operation->extra) {
		unit = engine_unit(engine, operation->rolling, operation->extra);
		if (unit)
			unit_stop(unit);
		phase_set(operation, ROLL_END, operation->rolling->stop_ms * 2);
	} else {
		roll_end(operation, NULL);
	}
}

static void roll_tick(struct engine *engine)
{
	struct operation *operation = &engine->operation;
	bool late = clock_mono_ms() > operation->deadline_ms;
	char error[160];

	switch (operation->phase) {
	case ROLL_IDLE:
		break;
	case ROLL_EXTRA:
		if (unit_is_settled(engine,
				    engine_unit(engine, operation->rolling, operation->extra)))
			next_number(engine);
		else if (late)
			roll_end(operation, "the extra instance does not become ready");
		break;
	case ROLL_STOP:
		if (engine_unit(engine, operation->rolling, unit_number(operation)))
			break; /* unit_tick() sees to it that it ends */
		unit_add(engine, operation->rolling, unit_number(operation));
		phase_set(operation, ROLL_START, START_MOST_MS);
		break;
	case ROLL_START:
		if (unit_is_settled(engine, engine_unit(engine, operation->rolling,
							unit_number(operation)))) {
			next_number(engine);
		} else if (late) {
			snprintf(error, sizeof(error), "%s-%d does not become ready",
				 operation->rolling->name, operation->number);
			roll_end(operation, error);
		}
		break;
	case ROLL_END:
		if (!engine_unit(engine, operation->rolling, operation->extra))
			roll_end(operation, NULL);
		break;
	}
}

static void roll_begin(struct engine *engine, const struct component *component)
{
	struct operation *operation = &engine->operation;
	struct unit *unit = engine_unit(engine, component, 0);

	operation->rolling = component;
	operation->number = 0;
	operation->extra = 0;
	operation->count = settings_replicas(&engine->settings, component);
	operation->errors[component - components][0] = '\0';
	log_info("rolling %s", component->name);
	if (component->reload_signal && unit && unit->ready) {
		child_signal(&unit->record.process, component->reload_signal);
		roll_end(operation, NULL);
	} else if (component_scales(component)) {
		operation->extra = operation->count + 1;
		if (!engine_unit(engine, component, operation->extra))
			unit_add(engine, component, operation->extra);
		phase_set(operation, ROLL_EXTRA, START_MOST_MS);
	} else {
		next_number(engine);
	}
}

void operation_roll(struct engine *engine, const struct component *component)
{
	engine->operation.pending |= 1U << (component - components);
	engine_tick_soon(engine);
}

bool operation_concerns(const struct engine *engine, const struct component *component)
{
	return engine->operation.rolling == component ||
	       (engine->operation.pending & (1U << (component - components)));
}

bool operation_tick(struct engine *engine)
{
	struct operation *operation = &engine->operation;
	bool busy = false;

	for (size_t i = 0; components[i].name; i++) {
		if (components[i].is_daemon && &components[i] != operation->rolling)
			busy = reconcile(engine, &components[i]) || busy;
		if (!operation->rolling && (operation->pending & (1U << i))) {
			operation->pending &= ~(1U << i);
			roll_begin(engine, &components[i]);
		}
	}
	if (operation->rolling)
		roll_tick(engine);
	return busy || operation->rolling;
}
