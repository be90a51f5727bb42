/*
 * Discovery: an instance announces itself on NATS and beats every second; it also answers
 * $SRV.PING, $SRV.INFO and $SRV.STATS of the NATS services protocol (ADR-32). Watchers fail
 * static: silence counts only while NATS is known to work, so losing NATS drops nobody.
 *
 * Subject registry.<service>.<instance>, JSON {"service","instance","version","address",
 * "direct_address","state":"ready"|"leaving"}.
 */
#ifndef ECOM_LIB_REGISTRY_REGISTRY_H
#define ECOM_LIB_REGISTRY_REGISTRY_H

#include <stdbool.h>

struct bus;
struct loop;
struct registry;

enum instance_state { INSTANCE_READY = 1, INSTANCE_LEAVING, INSTANCE_GONE };

struct instance {
	const char *service;        /* "catalogd" */
	const char *id;             /* "catalogd-1" */
	const char *version;
	const char *address;        /* host:port behind the gateway */
	const char *direct_address; /* host:port of health, metrics and keys */
	enum instance_state state;
};

/* All calls and callbacks on the loop's thread. */
struct registry *registry_open(struct loop *loop, struct bus *bus);
void registry_close(struct registry *registry);

/* Starts beating for ourselves. Strings are copied. */
void registry_announce(struct registry *registry, const struct instance *self);

/* Beats `leaving` at once and from now on. */
void registry_leave(struct registry *registry);

/* Calls fn for every known instance of the service (NULL: of every one) and then at each change;
 * INSTANCE_GONE is the last word about an instance. */
typedef void registry_fn(void *arg, const struct instance *instance);
void registry_watch(struct registry *registry, const char *service, registry_fn *fn, void *arg);

/* Any ready instance of the service, or NULL. Valid until the next turn of the loop. Needs a watch. */
const struct instance *registry_find(struct registry *registry, const char *service);

#endif
