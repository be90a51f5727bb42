/* Steps of a start: the daemons, HAProxy, and the first answer through it. */
#include <stdlib.h>
#include <unistd.h>

#include "daemons/admind/engine.h"
#include "daemons/admind/ports.h"
#include "daemons/admind/probe.h"
#include "daemons/admind/step.h"
#include "lib/base/mem.h"
#include "lib/loop/loop.h"

#define PROOF_PATH "/openapi.json" /* every daemon answers it, on every frontend */

static char *gateway_config(const struct engine *engine)
{
	return state_path(engine->state, "gateway/haproxy.cfg");
}

bool daemons_begin(struct engine *engine, struct failure *failure)
{
	(void)failure;
	for (const struct component *c = components; c->name; c++) {
		for (int i = 1; c->is_daemon && i <= settings_replicas(&engine->settings, c); i++)
			step_ensure_unit(engine, c, i);
	}
	return true;
}

enum outcome daemons_look(struct engine *engine, struct failure *failure)
{
	enum outcome all = STEP_DONE;

	for (const struct component *c = components; c->name; c++) {
		enum outcome one = c->is_daemon ? step_units_ready(engine, c, failure) : STEP_DONE;

		if (one == STEP_FAILED)
			return STEP_FAILED;
		if (one == STEP_WAIT)
			all = STEP_WAIT;
	}
	return all;
}

static bool has_process(struct engine *engine, const char *name, int number)
{
	const struct unit *unit = engine_unit(engine, component_find(name), number);

	return unit && unit->record.process.pid > 0;
}

/* A file of the last run may name other ports: HAProxy waits for a new one. */
bool gateway_begin(struct engine *engine, struct failure *failure)
{
	char *path scoped(scoped_free) = gateway_config(engine);

	(void)failure;
	if (!has_process(engine, "haproxy", 0) && !has_process(engine, "gatewayd", 1))
		unlink(path);
	return true;
}

enum outcome gateway_look(struct engine *engine, struct failure *failure)
{
	char *path scoped(scoped_free) = gateway_config(engine);
	const struct component *haproxy = component_find("haproxy");

	if (!engine_unit(engine, haproxy, 0)) {
		if (access(path, F_OK) < 0)
			return STEP_WAIT;
		step_ensure_unit(engine, haproxy, 0);
		return STEP_WAIT;
	}
	return step_units_ready(engine, haproxy, failure);
}

bool answer_begin(struct engine *engine, struct failure *failure)
{
	(void)failure;
	engine->starting.answers = 0;
	return true;
}

static void answer_came(void *arg, int status)
{
	struct engine *engine = arg;

	engine->starting.probe = NULL;
	if (status == 200) {
		engine->starting.answers++;
		engine_tick_soon(engine);
	}
}

/* The shop port and then the admin port: together they prove gateway, registry and daemons. */
enum outcome answer_look(struct engine *engine, struct failure *failure)
{
	struct starting *starting = &engine->starting;

	(void)failure;
	if (starting->answers >= 2)
		return STEP_DONE;
	if (!starting->probe)
		starting->probe = probe_start(engine->loop,
					      engine->settings.port + starting->answers, PROOF_PATH,
					      answer_came, engine);
	return STEP_WAIT;
}
