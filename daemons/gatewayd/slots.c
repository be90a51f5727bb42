/* The slots of the backends, and the commands that make HAProxy's servers equal to them. */
#include "daemons/gatewayd/slots.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemons/gatewayd/server_state.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

#define COMMANDS_MAX 8000 /* bytes; HAProxy's buffer has 16384 */

enum use { FREE, READY, DRAINING };

struct slot {
	enum use use;
	char owner[65]; /* instance; "" for a server that no instance has claimed yet */
	struct endpoint address, check;
};

struct backend {
	char *service;
	struct slot slots[SLOTS_PER_SERVICE];
};

struct slots {
	int count;
	struct backend backends[SERVICES_MAX];
};

struct slots *slots_new(const char *const *services)
{
	struct slots *slots = xcalloc(1, sizeof(*slots));

	for (; *services && slots->count < SERVICES_MAX; services++)
		slots->backends[slots->count++].service = xstrdup(*services);
	return slots;
}

void slots_free(struct slots *slots)
{
	if (!slots)
		return;
	for (int i = 0; i < slots->count; i++)
		free(slots->backends[i].service);
	free(slots);
}

static struct backend *backend_find(struct slots *slots, const char *service)
{
	for (int i = 0; i < slots->count; i++) {
		if (str_eq(slots->backends[i].service, service))
			return &slots->backends[i];
	}
	return NULL;
}

static struct slot *slot_of_owner(struct backend *backend, const char *owner)
{
	for (int i = 0; i < SLOTS_PER_SERVICE; i++) {
		if (backend->slots[i].use && str_eq(backend->slots[i].owner, owner))
			return &backend->slots[i];
	}
	return NULL;
}

/* A server that was there before we knew whose it is. */
static struct slot *slot_unclaimed(struct backend *backend, const struct endpoint *address)
{
	for (int i = 0; i < SLOTS_PER_SERVICE; i++) {
		struct slot *slot = &backend->slots[i];

		if (slot->use && !slot->owner[0] && endpoint_eq(&slot->address, address))
			return slot;
	}
	return NULL;
}

static struct slot *slot_free(struct backend *backend)
{
	for (int i = 0; i < SLOTS_PER_SERVICE; i++) {
		if (!backend->slots[i].use)
			return &backend->slots[i];
	}
	return NULL;
}

static bool slot_eq(const struct slot *a, const struct slot *b)
{
	return a->use == b->use && str_eq(a->owner, b->owner) &&
	       endpoint_eq(&a->address, &b->address) && endpoint_eq(&a->check, &b->check);
}

static bool see_gone(struct backend *backend, const char *id)
{
	struct slot *slot = slot_of_owner(backend, id);

	if (slot)
		*slot = (struct slot){ 0 };
	return slot != NULL;
}

static bool see_alive(struct backend *backend, const struct instance *instance)
{
	struct slot wanted = { .use = instance->state == INSTANCE_READY ? READY : DRAINING };
	struct slot *slot = slot_of_owner(backend, instance->id);

	snprintf(wanted.owner, sizeof(wanted.owner), "%s", instance->id);
	if (!endpoint_parse(instance->address, &wanted.address) ||
	    !endpoint_parse(instance->direct_address, &wanted.check)) {
		log_warn("%s has the address %s, direct %s: HAProxy needs IP addresses",
			 instance->id, instance->address, instance->direct_address);
		return false;
	}
	if (!slot)
		slot = slot_unclaimed(backend, &wanted.address);
	if (!slot && wanted.use == READY)
		slot = slot_free(backend);
	if (!slot && wanted.use == READY)
		log_error("%s has no slot left: %d instances of %s are all that fit", instance->id,
			  SLOTS_PER_SERVICE, instance->service);
	if (!slot || slot_eq(slot, &wanted))
		return false;
	*slot = wanted;
	return true;
}

bool slots_see(struct slots *slots, const struct instance *instance)
{
	struct backend *backend = backend_find(slots, instance->service);

	if (!backend)
		return false; /* a daemon without routes */
	if (instance->state == INSTANCE_GONE)
		return see_gone(backend, instance->id);
	return instance->address[0] && see_alive(backend, instance);
}

static struct slot *slot_of_server(struct slots *slots, const struct server_state *server)
{
	struct backend *backend = backend_find(slots, server->backend);
	int64_t number;

	if (!backend || server->name[0] != 's' ||
	    !str_to_int(server->name + 1, 1, SLOTS_PER_SERVICE, &number))
		return NULL;
	return &backend->slots[number - 1];
}

void slots_adopt(struct slots *slots, const char *state)
{
	struct server_state server;

	while (server_state_next(&state, &server)) {
		struct slot *slot = slot_of_server(slots, &server);

		if (!slot || slot->owner[0])
			continue;
		*slot = (struct slot){ 0 };
		if (server.is_maint)
			continue;
		slot->use = server.is_drain ? DRAINING : READY;
		slot->address = server.address;
		slot->check = server.check;
	}
}

bool slots_drop_unknown(struct slots *slots)
{
	bool changed = false;

	for (int i = 0; i < slots->count; i++) {
		for (int n = 0; n < SLOTS_PER_SERVICE; n++) {
			struct slot *slot = &slots->backends[i].slots[n];

			if (!slot->use || slot->owner[0])
				continue;
			*slot = (struct slot){ 0 };
			changed = true;
		}
	}
	return changed;
}

/* HAProxy reads one line of a connection. */
static void command_add(struct buf *out, const struct server_state *server, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void command_add(struct buf *out, const struct server_state *server, const char *format, ...)
{
	va_list args;
	char *what scoped(scoped_free) = NULL;

	va_start(args, format);
	what = xvasprintf(format, args);
	va_end(args);
	buf_addf(out, "%sset server %s/%s %s", out->len ? ";" : "", server->backend, server->name,
		 what);
}

static void slot_commands(const struct slot *slot, const struct server_state *server,
			  struct buf *out)
{
	static const char *const states[] = { "maint", "ready", "drain" };
	bool state_fits = slot->use == FREE ? server->is_maint
					    : !server->is_maint &&
						      server->is_drain == (slot->use == DRAINING);

	if (slot->use && !endpoint_eq(&slot->address, &server->address))
		command_add(out, server, "addr %s port %d", slot->address.host, slot->address.port);
	if (slot->use && !endpoint_eq(&slot->check, &server->check))
		command_add(out, server, "check-addr %s port %d", slot->check.host,
			    slot->check.port);
	if (!state_fits)
		command_add(out, server, "state %s", states[slot->use]);
}

bool slots_reconcile(const struct slots *slots, const char *state, struct buf *commands)
{
	struct server_state server;

	while (commands->len < COMMANDS_MAX && server_state_next(&state, &server)) {
		const struct slot *slot = slot_of_server((struct slots *)slots, &server);

		if (slot)
			slot_commands(slot, &server, commands);
	}
	return commands->len > 0;
}

static json_t *slot_json(const struct slot *slot, int number)
{
	static const struct slot none = { .address = { "127.0.0.1", 9 },
					  .check = { "127.0.0.1", 9 } };
	const struct slot *shown = slot->use ? slot : &none;
	char name[16], address[96];

	snprintf(name, sizeof(name), "s%d", number);
	endpoint_format(&shown->address, address, sizeof(address));
	return json_pack("{s:s, s:s, s:s, s:i, s:b}", "name", name, "address", address,
			 "check_host", shown->check.host, "check_port", shown->check.port, "free",
			 slot->use == FREE);
}

json_t *slots_json(const struct slots *slots, bool empty)
{
	static const struct slot none;
	json_t *all = json_array();

	for (int i = 0; i < slots->count; i++) {
		const struct backend *backend = &slots->backends[i];
		json_t *list = json_array();

		for (int n = 0; n < SLOTS_PER_SERVICE; n++)
			json_array_append_new(list,
					      slot_json(empty ? &none : &backend->slots[n], n + 1));
		json_array_append_new(
			all, json_pack("{s:s, s:o}", "service", backend->service, "slots", list));
	}
	return all;
}

static void slot_load(struct slot *slot, const json_t *json)
{
	struct slot loaded = { .use = READY };

	if (json_get_bool(json, "free", true) ||
	    !endpoint_parse(json_get_string(json, "address", ""), &loaded.address))
		return;
	snprintf(loaded.check.host, sizeof(loaded.check.host), "%s",
		 json_get_string(json, "check_host", ""));
	loaded.check.port = (int)json_get_int(json, "check_port", 0);
	*slot = loaded;
}

void slots_load(struct slots *slots, const json_t *json)
{
	const json_t *service, *element;
	size_t i, n;

	json_array_foreach (json, i, service) {
		struct backend *backend = backend_find(slots,
						       json_get_string(service, "service", ""));
		const json_t *list = json_object_get(service, "slots");

		json_array_foreach (list, n, element) {
			if (backend && n < SLOTS_PER_SERVICE)
				slot_load(&backend->slots[n], element);
		}
	}
}

int slots_used(const struct slots *slots, const char *service)
{
	const struct backend *backend = backend_find((struct slots *)slots, service);
	int used = 0;

	for (int n = 0; backend && n < SLOTS_PER_SERVICE; n++)
		used += backend->slots[n].use != FREE;
	return used;
}
