/*
 * The slots of the backends: 32 servers each, made when HAProxy starts, that instances move into
 * and out of at run time. Each slot holds what we want; reconciling compares it with what HAProxy
 * says and gives the commands that make both equal, so it does not matter which of us restarted.
 */
#ifndef ECOM_DAEMONS_GATEWAYD_SLOTS_H
#define ECOM_DAEMONS_GATEWAYD_SLOTS_H

#include <stdbool.h>

#include <jansson.h>

#include "lib/base/buf.h"
#include "lib/registry/registry.h"

#define SLOTS_PER_SERVICE 32
#define SERVICES_MAX      32

struct slots;

/* services ends with NULL. */
struct slots *slots_new(const char *const *services);
void slots_free(struct slots *slots);

/* What the registry says. True when a slot changed. */
bool slots_see(struct slots *slots, const struct instance *instance);

/*
 * Takes over HAProxy's servers, from the reply to `show servers state`, in slots that no instance
 * has claimed. They stay until the registry names them or slots_drop_unknown().
 */
void slots_adopt(struct slots *slots, const char *state);

/* Frees what no instance has claimed: for when everyone alive has been heard. True on a change. */
bool slots_drop_unknown(struct slots *slots);

/* Adds the commands, separated by ';', that make HAProxy's servers (the reply to `show servers
 * state`) equal to the slots; with very many the rest comes next time. False: they are equal. */
bool slots_reconcile(const struct slots *slots, const char *state, struct buf *commands);

/* [{"service","slots":[{"name","address","check_host","check_port","free"}]}] for the template and
 * for the disk; with `empty` all are free. */
json_t *slots_json(const struct slots *slots, bool empty);

/* Restores servers of the last run, to be treated like adopted ones. */
void slots_load(struct slots *slots, const json_t *json);

/* How many slots of the service are in use; for /metrics. */
int slots_used(const struct slots *slots, const char *service);

#endif
