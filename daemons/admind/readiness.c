/* Whether a unit is ready: by its pid file, its port, or its own word. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemons/admind/engine.h"
#include "daemons/admind/ports.h"
#include "daemons/admind/probe.h"
#include "daemons/admind/unit.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

#define LOOK_STARTING_MS 20
#define LOOK_READY_MS    2000

/* The eighth line of PostgreSQL's pid file is its status, the first its pid. */
static bool postgres_is_ready(const struct unit *unit)
{
	char *path scoped(scoped_free) = state_path(unit->engine->state, "postgres/postmaster.pid");
	char *text scoped(scoped_free) = file_read(path, NULL);
	char *rest = text, *line = NULL;
	int number = 0;

	while (rest && number < 8) {
		line = strsep(&rest, "\n");
		if (++number == 1 && atoi(line) != (int)unit->record.process.pid)
			return false;
	}
	return number == 8 && line && str_has_prefix(line, "ready");
}

static void unit_seen(struct unit *unit, bool ready)
{
	bool changed = ready != unit->ready;

	unit->ready = ready;
	unit->was_ready = unit->was_ready || ready;
	unit->look_at_ms = clock_mono_ms() + (ready ? LOOK_READY_MS : LOOK_STARTING_MS);
	if (!ready && unit->was_ready)
		unit->look_at_ms += LOOK_READY_MS / 4;
	if (changed)
		engine_tick_soon(unit->engine);
}

static void probe_done(void *arg, int status)
{
	struct unit *unit = arg;

	unit->probe = NULL;
	if (unit->state == UNIT_RUNNING)
		unit_seen(unit, status == 200);
}

static void look_http(struct unit *unit)
{
	char *address scoped(scoped_free) = unit_address(unit, "direct_address");
	int port = address_port(address);

	if (port)
		unit->probe = probe_start(unit->engine->loop, port, "/readyz", probe_done, unit);
	if (!unit->probe)
		unit_seen(unit, false);
}

void unit_look(struct unit *unit, int64_t now)
{
	const struct settings *settings = &unit->engine->settings;

	unit->look_at_ms = now + LOOK_STARTING_MS;
	switch (unit->component->ready) {
	case READY_POSTGRES:
		unit_seen(unit, postgres_is_ready(unit));
		break;
	case READY_NATS:
		unit_seen(unit, port_greets(settings->nats_port));
		break;
	case READY_GATEWAY:
		unit_seen(unit, port_answers(settings->port));
		break;
	case READY_HTTP:
		look_http(unit);
		break;
	}
}
