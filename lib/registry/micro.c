/* The NATS services protocol (ADR-32): PING, INFO and STATS. */
#include "lib/registry/micro.h"

#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/hash.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/events/bus.h"
#include "lib/registry/registry.h"

enum verb { PING, INFO, STATS, VERBS };

#define FORMS 3 /* for everyone, for a service, for an instance */

static const struct {
	const char *name, *type;
} verbs[] = {
	[PING] = { "PING", "io.nats.micro.v1.ping_response" },
	[INFO] = { "INFO", "io.nats.micro.v1.info_response" },
	[STATS] = { "STATS", "io.nats.micro.v1.stats_response" },
};

/* One verb; the text never changes, so the delivery thread may read it. */
struct answer {
	struct bus *bus;
	char *text;
	struct bus_subscription *subscriptions[FORMS];
};

struct micro {
	struct answer answers[VERBS];
};

static void on_request(void *arg, const char *subject, const char *reply, const char *data,
		       size_t len)
{
	const struct answer *answer = arg;

	(void)subject;
	(void)data;
	(void)len;
	if (reply)
		bus_publish(answer->bus, reply, answer->text);
}

static char *answer_text(enum verb verb, const struct instance *instance, const char *id)
{
	char started[CLOCK_RFC3339_SIZE];
	json_t *json scoped(scoped_json) =
		json_pack("{s:s, s:s, s:s, s:s, s:{s:s, s:s, s:s}}", "type", verbs[verb].type,
			  "name", instance->service, "id", id, "version", instance->version,
			  "metadata", "instance", instance->id, "address", instance->address,
			  "direct_address", instance->direct_address);

	clock_format(clock_real_ms(), started);
	if (verb != PING)
		json_object_set_new(json, "endpoints", json_array());
	if (verb == INFO)
		json_object_set_new(json, "description", json_string(instance->id));
	if (verb == STATS)
		json_object_set_new(json, "started", json_string(started));
	return json_text(json);
}

static void answer_start(struct answer *answer, enum verb verb, const struct instance *instance,
			 const char *id)
{
	char *subjects[FORMS] = {
		xasprintf("$SRV.%s", verbs[verb].name),
		xasprintf("$SRV.%s.%s", verbs[verb].name, instance->service),
		xasprintf("$SRV.%s.%s.%s", verbs[verb].name, instance->service, id),
	};

	answer->text = answer_text(verb, instance, id);
	for (int i = 0; i < FORMS; i++) {
		answer->subscriptions[i] = bus_subscribe(answer->bus, subjects[i], on_request,
							 answer);
		free(subjects[i]);
	}
}

struct micro *micro_start(struct bus *bus, const struct instance *instance)
{
	struct micro *micro = xcalloc(1, sizeof(*micro));
	char *id scoped(scoped_free) = hash_random_token(16);

	for (int verb = 0; verb < VERBS; verb++) {
		micro->answers[verb].bus = bus;
		answer_start(&micro->answers[verb], (enum verb)verb, instance, id);
	}
	return micro;
}

void micro_stop(struct micro *micro)
{
	if (!micro)
		return;
	for (int verb = 0; verb < VERBS; verb++) {
		for (int i = 0; i < FORMS; i++)
			bus_unsubscribe(micro->answers[verb].subscriptions[i]);
		free(micro->answers[verb].text);
	}
	free(micro);
}
