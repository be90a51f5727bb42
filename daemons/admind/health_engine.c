/* The checks of `ecomctl doctor` that only a running engine can make. */
#include <stdlib.h>
#include <string.h>

#include "daemons/admind/backup.h"
#include "daemons/admind/budget.h"
#include "daemons/admind/engine.h"
#include "daemons/admind/health.h"
#include "daemons/admind/slots.h"
#include "daemons/admind/view.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/daemon/daemon.h"
#include "lib/events/bus.h"

#define HOUR_MS 3600000

static void check_budget(json_t *checks, const struct engine *engine)
{
	json_t *budget scoped(scoped_json) = view_budget(engine);
	const json_t *row;
	size_t i;

	json_array_foreach (budget, i, row) {
		int64_t needed = json_get_int(row, "needed", 0);
		int64_t limit = json_get_int(row, "limit", 0);

		health_add(checks, "connections", needed <= limit ? "ok" : "fail",
			   needed <= limit ? NULL : "lower write_connections in ecom.yaml",
			   "%s: %lld of %lld database connections (%lld each, %lld replicas, one "
			   "more for a roll; at most %lld)",
			   json_get_string(row, "service", ""), (long long)needed, (long long)limit,
			   (long long)json_get_int(row, "per_instance", 0),
			   (long long)json_get_int(row, "replicas", 0),
			   (long long)json_get_int(row, "most", 0));
	}
}

static void check_slots(json_t *checks, struct engine *engine)
{
	json_t *slots scoped(scoped_json) = slots_read(engine->state);
	const struct unit *unit;
	int up = 0, missing = 0;

	if (!slots) {
		health_add(checks, "gateway", "fail", "ecomctl service restart haproxy",
			   "HAProxy does not answer on its stats socket");
		return;
	}
	TAILQ_FOREACH (unit, &engine->units, link) {
		char *address scoped(scoped_free) = unit->component->is_daemon
							    ? unit_address(unit, "address")
							    : NULL;

		if (!unit->ready || !address || !*address)
			continue;
		if (slots_contain(slots, address)) {
			up++;
			continue;
		}
		missing++;
		health_add(checks, "gateway", "warn",
			   "ecomctl service restart gatewayd, when it stays so",
			   "%s is ready on %s, but the gateway sends it nothing", unit->record.unit,
			   address);
	}
	if (!missing)
		health_add(checks, "gateway", "ok", NULL, "%d instances are in the gateway", up);
}

static void check_bus(json_t *checks, const struct engine *engine)
{
	if (bus_is_connected(engine->service->bus))
		health_add(checks, "nats", "ok", NULL, "connected on port %d",
			   engine->settings.nats_port);
	else
		health_add(checks, "nats", "fail", "see log/nats.log in the state folder",
			   "the engine has no connection to NATS");
}

/* Only of the usual folder: where else backups lie is not known here. */
static void check_backup(json_t *checks, const struct engine *engine)
{
	char *folder scoped(scoped_free) = state_path(engine->state, "backup");
	int64_t every = options_int(engine->service->options, "backup_every");
	int64_t newest = backup_newest_ms(folder);
	int64_t age = clock_real_ms() - newest;

	if (!newest)
		health_add(checks, "backup", "warn",
			   "ecomctl backup create, or backup_every: 24h under admind: in ecom.yaml",
			   "%s has none", folder);
	else if (every && age > 2 * every)
		health_add(checks, "backup", "warn", "see log/backup.log in the state folder",
			   "the newest is %lld hours old, it should be %lld at most",
			   (long long)(age / HOUR_MS), (long long)(every / HOUR_MS));
	else
		health_add(checks, "backup", "ok", NULL, "the newest is %lld hours old",
			   (long long)(age / HOUR_MS));
}

json_t *health_engine(struct engine *engine)
{
	json_t *checks = json_array();

	check_budget(checks, engine);
	check_bus(checks, engine);
	check_slots(checks, engine);
	check_backup(checks, engine);
	return checks;
}
