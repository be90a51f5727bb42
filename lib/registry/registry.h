/*
 * Discovery: an instance announces itself on NATS and beats every second; it also answers
 * $SRV.PING, $SRV.INFO and $SRV.STATS of the NATS services protocol (ADR-32). Watchers fail
 * static: silence counts only while NATS is known to work, so losing NATS drops nobody.
 *
 * Subject registry.<service>.<instance>, JSON {"service","instance","version","address",
 * "direct_address","state":"ready"|"leaving"|"gone","started"}. The subject decides who speaks (NATS
 * permissions guard it): a message that names another service or instance is dropped. `started` is
 * the process's start in milliseconds: of two processes with one name the younger counts.
 * A message on registry.ask makes everyone announce at once.
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
	const char *version;        /* strict SemVer */
	const char *address;        /* host:port behind the gateway, "" when it has none */
	const char *direct_address; /* host:port of health, metrics and keys */
	enum instance_state state;
};

/* All calls and callbacks on the loop's thread. */
struct registry *registry_open(struct loop *loop, struct bus *bus);

/* Says good-bye when we announced; before bus_close() and loop_free(). NULL is fine. */
void registry_close(struct registry *registry);

/* Starts beating for ourselves, or changes what we say. Strings are copied; state is ignored. */
void registry_announce(struct registry *registry, const struct instance *self);

/* Beats `leaving` at once and from now on. */
void registry_leave(struct registry *registry);

/* Calls fn for every known instance of the service (NULL: of every one) and then at each change;
 * INSTANCE_GONE is the last word about an instance, whose strings are freed after it. */
typedef void registry_fn(void *arg, const struct instance *instance);
void registry_watch(struct registry *registry, const char *service, registry_fn *fn, void *arg);

/* Any ready instance of the service, or NULL. Valid until the next turn of the loop. Needs a watch. */
const struct instance *registry_find(struct registry *registry, const char *service);

/* The time between beats, for tests that cannot wait. */
#define REGISTRY_BEAT_MS 1000
void registry_set_beat(struct registry *registry, int ms);

/* Our own beats that came back through NATS without a gap: 0 while NATS is away. After
 * REGISTRY_SILENCE_MAX of them whoever lives has been heard. Counted while something is watched. */
#define REGISTRY_SILENCE_MAX 10
unsigned int registry_beats(const struct registry *registry);

#endif
