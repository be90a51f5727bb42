/* What admind shows of its services, as JSON. */
#include "daemons/admind/view.h"

#include <stdlib.h>
#include <unistd.h>

#include "daemons/admind/budget.h"
#include "daemons/admind/view_record.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

json_t *view_unit(const struct unit *unit)
{
	json_t *json = view_record(&unit->record, unit_state_name(unit));
	char *address scoped(scoped_free) = unit->component->is_daemon
						    ? unit_address(unit, "address")
						    : NULL;

	json_object_set_new(json, "address",
			    address && *address ? json_string(address) : json_null());
	json_object_set_new(json, "reason",
			    *unit->reason ? json_string(unit->reason) : json_null());
	return json;
}

static const char *service_state(struct engine *engine, const struct component *component,
				 int replicas)
{
	size_t all = engine_count(engine, component, false);
	size_t ready = engine_count(engine, component, true);

	if (operation_concerns(engine, component))
		return "rolling";
	if (all != (size_t)replicas)
		return "scaling";
	if (ready == all)
		return "ready";
	return ready ? "degraded" : "not_ready";
}

json_t *view_service(struct engine *engine, const struct component *component)
{
	int replicas = settings_replicas(&engine->settings, component);
	const char *error = engine->operation.errors[component - components];
	json_t *instances = json_array();
	const struct unit *unit;

	TAILQ_FOREACH (unit, &engine->units, link) {
		if (unit->component == component)
			json_array_append_new(instances, view_unit(unit));
	}
	return json_pack("{s:s, s:b, s:i, s:i, s:i, s:i, s:s, s:s, s:o, s:o}", "name",
			 component->name, "daemon", component->is_daemon, "replicas", replicas,
			 "ready", (int)engine_count(engine, component, true), "min",
			 component->replicas_min, "max", component->replicas_max, "state",
			 service_state(engine, component, replicas), "version",
			 engine_version_of(engine, component), "error",
			 *error ? json_string(error) : json_null(), "instances", instances);
}

json_t *view_services(struct engine *engine)
{
	json_t *list = json_array();

	for (const struct component *component = components; component->name; component++)
		json_array_append_new(list, view_service(engine, component));
	return json_pack("{s:o, s:n}", "data", list, "next");
}

static json_t *view_engine(const struct engine *engine)
{
	char started[CLOCK_RFC3339_SIZE];
	const char *error = engine->failure.error;

	clock_format(engine->started_ms, started);
	return json_pack("{s:s, s:i, s:s, s:s, s:I, s:I, s:i, s:o}", "state",
			 engine_phase_name(engine), "pid", (int)getpid(), "version",
			 PACKAGE_VERSION, "started_at", started, "uptime",
			 (json_int_t)(clock_real_ms() - engine->started_ms) / 1000, "memory",
			 (json_int_t)process_memory_alone(getpid()), "adopted", engine->adopted,
			 "error", *error ? json_string(error) : json_null());
}

json_t *view_status(struct engine *engine)
{
	json_t *list = json_array();
	const struct unit *unit;

	for (const struct component *component = components; component->name; component++) {
		TAILQ_FOREACH (unit, &engine->units, link) {
			if (unit->component == component)
				json_array_append_new(list, view_unit(unit));
		}
	}
	return json_pack("{s:o, s:s, s:o, s:o}", "engine", view_engine(engine), "folder",
			 engine->state->dir, "ports", view_ports(engine->settings.port),
			 "components", list);
}

json_t *view_budget(const struct engine *engine)
{
	json_t *list = json_array();

	for (size_t i = 0; components[i].name; i++) {
		int each = engine->connections[i];
		int replicas = settings_replicas(&engine->settings, &components[i]);

		if (components[i].database_connections)
			json_array_append_new(list,
					      json_pack("{s:s, s:i, s:i, s:i, s:i, s:i}", "service",
							components[i].name, "per_instance", each,
							"replicas", replicas, "needed",
							budget_needed(each, replicas), "limit",
							components[i].database_connections, "most",
							budget_most(&components[i], each)));
	}
	return list;
}
