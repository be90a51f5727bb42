/* The orchestrator of this machine: processes that the engine looks after. */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemons/admind/budget.h"
#include "daemons/admind/engine.h"
#include "daemons/admind/orchestrator.h"
#include "daemons/admind/view.h"
#include "lib/base/log.h"
#include "lib/loop/loop.h"

#define HURRY_MS 150 /* time to answer the request before the second signal */

const struct problem PROBLEM_NO_SUCH_SERVICE = {
	404,
	"service_unknown",
	"There is no such service",
	"`ecomctl service list` shows them.",
};
const struct problem PROBLEM_NOT_SCALABLE = {
	422,
	"service_not_scalable",
	"The service runs once",
	"Only services with max above min can be scaled.",
};
const struct problem PROBLEM_REPLICAS_OUT_OF_RANGE = {
	422,
	"replicas_out_of_range",
	"The number of replicas is out of range",
	NULL,
};
const struct problem PROBLEM_REPLICAS_CHANGED = {
	409,
	"replicas_changed",
	"The number of replicas is another than you believe",
	"Look at it again, then decide.",
};
const struct problem PROBLEM_CONNECTION_BUDGET = {
	409,
	"connection_budget_exceeded",
	"The database has not enough connections for so many instances",
	"Lower write_connections or slow_connections of the service in ecom.yaml.",
};
const struct problem PROBLEM_ENGINE_NOT_READY = {
	503,
	"engine_not_ready",
	"The engine is starting or stopping",
	"Try again in a moment.",
};

static json_t *refuse(struct refusal *refusal, const struct problem *problem, const char *format,
		      ...) __attribute__((format(printf, 3, 4)));

static json_t *refuse(struct refusal *refusal, const struct problem *problem, const char *format,
		      ...)
{
	va_list args;

	refusal->problem = problem;
	va_start(args, format);
	vsnprintf(refusal->detail, sizeof(refusal->detail), format, args);
	va_end(args);
	return NULL;
}

static const struct component *find(const char *service, struct refusal *refusal)
{
	const struct component *component = component_find(service);
	struct engine *engine = engine_get();

	if (!component)
		refuse(refusal, &PROBLEM_NO_SUCH_SERVICE, "there is no service %s", service);
	else if (engine->phase != ENGINE_RUNNING)
		refuse(refusal, &PROBLEM_ENGINE_NOT_READY, "the engine is %s",
		       engine_phase_name(engine));
	else
		return component;
	return NULL;
}

static bool fits(const struct component *component, int replicas, struct refusal *refusal)
{
	int each = engine_get()->connections[component - components];

	if (!component->database_connections || replicas <= budget_most(component, each))
		return true;
	refuse(refusal, &PROBLEM_CONNECTION_BUDGET,
	       "%d instances of %s (and one more during a roll) need %d connections, %d each; its "
	       "role has %d, which is enough for %d",
	       replicas, component->name, budget_needed(each, replicas), each,
	       component->database_connections, budget_most(component, each));
	return false;
}

static bool may_scale(const struct component *component, int replicas, int current,
		      struct refusal *refusal)
{
	int now = settings_replicas(&engine_get()->settings, component);

	if (!component_scales(component)) {
		refuse(refusal, &PROBLEM_NOT_SCALABLE, "%s runs once", component->name);
		return false;
	}
	if (replicas < component->replicas_min || replicas > component->replicas_max) {
		refuse(refusal, &PROBLEM_REPLICAS_OUT_OF_RANGE, "%s can have %d to %d instances",
		       component->name, component->replicas_min, component->replicas_max);
		return false;
	}
	if (current >= 0 && current != now) {
		refuse(refusal, &PROBLEM_REPLICAS_CHANGED, "%s has %d replicas, not %d",
		       component->name, now, current);
		return false;
	}
	return fits(component, replicas, refusal);
}

static json_t *local_scale(const char *service, int replicas, int current, struct refusal *refusal)
{
	const struct component *component = find(service, refusal);
	struct engine *engine = engine_get();
	struct failure failure;
	int before;

	if (!component || !may_scale(component, replicas, current, refusal))
		return NULL;
	before = settings_replicas(&engine->settings, component);
	settings_set_replicas(&engine->settings, component, replicas);
	if (!settings_save(engine->state, &engine->settings, &failure)) {
		settings_set_replicas(&engine->settings, component, before);
		return refuse(refusal, &PROBLEM_UNAVAILABLE, "%.200s", failure.error);
	}
	log_info("%s: %d replicas wanted, were %d", service, replicas, before);
	engine_tick_soon(engine);
	return view_service(engine, component);
}

static json_t *local_restart(const char *service, struct refusal *refusal)
{
	const struct component *component = find(service, refusal);

	if (!component)
		return NULL;
	operation_roll(engine_get(), component);
	return view_service(engine_get(), component);
}

static json_t *local_list(void)
{
	return view_services(engine_get());
}

static json_t *local_status(void)
{
	return view_status(engine_get());
}

static void terminate(void *arg)
{
	(void)arg;
	kill(getpid(), SIGTERM);
}

static bool local_shutdown(void)
{
	struct engine *engine = engine_get();

	/* The first signal drains; with the second nobody waits for the gateway to notice. */
	engine->phase = ENGINE_STOPPING;
	terminate(NULL);
	loop_timer_add(engine->loop, HURRY_MS, 0, terminate, NULL);
	return true;
}

const struct orchestrator local_orchestrator = {
	.name = "process",
	.list = local_list,
	.status = local_status,
	.scale = local_scale,
	.restart = local_restart,
	.shutdown = local_shutdown,
};
