/* A unit as JSON, from its record and /proc. */
#include "daemons/admind/view_record.h"

#include <stdlib.h>

#include "daemons/admind/ports.h"
#include "daemons/admind/settings.h"
#include "lib/base/mem.h"

json_t *view_record(const struct record *record, const char *state)
{
	struct process process;
	bool runs = record->process.pid > 0 && process_read(record->process.pid, &process);
	int64_t memory = runs ? process_memory(record->process.pid) : -1;

	return json_pack(
		"{s:s, s:s, s:o, s:s, s:i, s:o, s:o, s:s}", "instance", record->unit, "component",
		record->component, "pid", runs ? json_integer(record->process.pid) : json_null(),
		"state", state, "restarts", record->restarts, "uptime",
		runs ? json_integer(process_age_ms(&process) / 1000) : json_null(), "memory",
		memory >= 0 ? json_integer(memory) : json_null(), "version", record->version);
}

json_t *view_ports(int port)
{
	json_t *ports = json_object();

	for (int i = 0; i < PORTS_COUNT; i++)
		json_object_set_new(ports, port_names[i],
				    port ? json_sprintf("http://127.0.0.1:%d", port + i)
					 : json_null());
	return ports;
}

json_t *view_offline(const struct state *state)
{
	size_t count;
	struct record *records scoped(scoped_free) = records_read(state, &count);
	json_t *list = json_array();
	struct settings settings;
	struct failure ignored;

	settings_load(state, &settings, &ignored);
	for (size_t i = 0; i < count; i++) {
		bool alive = record_is_alive(&records[i]);

		if (!alive)
			records[i].process.pid = 0;
		json_array_append_new(list,
				      view_record(&records[i], alive ? "unsupervised" : "ended"));
	}
	return json_pack("{s:{s:s, s:n, s:s}, s:s, s:o, s:o}", "engine", "state", "not_running",
			 "pid", "version", PACKAGE_VERSION, "folder", state->dir, "ports",
			 view_ports(settings.port), "components", list);
}
