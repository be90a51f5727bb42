/* Discovery over NATS: beats, watchers, and silence that counts only while NATS works. */
#include "lib/registry/registry.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/events/bus.h"
#include "lib/loop/loop.h"
#include "lib/registry/announcement.h"
#include "lib/registry/inbox.h"
#include "lib/registry/micro.h"

#define LEAVING_SILENCE_MAX 3
#define ASK                 "registry.ask"

struct entry {
	struct announcement said;
	unsigned int silence; /* of our beats came back since it was heard */
	TAILQ_ENTRY(entry) link;
};

struct watch {
	char *service; /* NULL: every one */
	registry_fn *fn;
	void *arg;
	struct bus_subscription *subscription; /* NULL when another watch has the same */
	TAILQ_ENTRY(watch) link;
};

struct registry {
	struct loop *loop;
	struct bus *bus;
	struct loop_timer *timer;
	int beat_ms;
	struct inbox *inbox;
	bool connected; /* at the last beat */

	bool announced;
	struct announcement self;
	struct micro *micro;
	struct bus_subscription *asks;

	struct bus_subscription *pulses;
	char *pulse_subject;
	uint64_t pulse; /* number of the last one sent */
	int64_t pulse_ms;
	bool pulse_back;    /* it came back in time */
	unsigned int beats; /* that came back without a gap */
	unsigned int turn;  /* for registry_find() to go round */

	TAILQ_HEAD(, watch) watches;
	TAILQ_HEAD(, entry) entries;
};

static void on_message(void *arg, const char *subject, const char *reply, const char *data,
		       size_t len)
{
	(void)reply;
	inbox_add(arg, subject, data, len);
}

static void announce(struct registry *registry)
{
	char *text scoped(scoped_free) = NULL;
	char *subject scoped(scoped_free) = NULL;

	if (!registry->announced)
		return;
	text = announcement_text(&registry->self);
	subject = xasprintf("registry.%s.%s", registry->self.service, registry->self.id);
	bus_publish(registry->bus, subject, text);
}

static void notify(struct registry *registry, const struct instance *instance)
{
	struct watch *watch;

	TAILQ_FOREACH (watch, &registry->watches, link) {
		if (!watch->service || str_eq(watch->service, instance->service))
			watch->fn(watch->arg, instance);
	}
}

static struct entry *entry_find(struct registry *registry, const struct instance *instance)
{
	struct entry *entry;

	TAILQ_FOREACH (entry, &registry->entries, link) {
		if (str_eq(entry->said.id, instance->id) &&
		    str_eq(entry->said.service, instance->service))
			return entry;
	}
	return NULL;
}

static void entry_remove(struct registry *registry, struct entry *entry)
{
	TAILQ_REMOVE(&registry->entries, entry, link);
	entry->said.instance.state = INSTANCE_GONE;
	notify(registry, &entry->said.instance);
	free(entry);
}

static bool same(const struct instance *a, const struct instance *b)
{
	return a->state == b->state && str_eq(a->address, b->address) &&
	       str_eq(a->direct_address, b->direct_address) && str_eq(a->version, b->version);
}

static void hear(struct registry *registry, const struct announcement *said)
{
	struct entry *entry = entry_find(registry, &said->instance);
	bool changed;

	if (entry && said->started < entry->said.started)
		return; /* the last words of a process that has a successor */
	if (said->instance.state == INSTANCE_GONE) {
		if (entry)
			entry_remove(registry, entry);
		return;
	}
	changed = !entry || !same(&entry->said.instance, &said->instance);
	if (!entry) {
		entry = xcalloc(1, sizeof(*entry));
		TAILQ_INSERT_TAIL(&registry->entries, entry, link);
	}
	entry->silence = 0;
	announcement_set(&entry->said, &said->instance, said->started);
	if (changed)
		notify(registry, &entry->said.instance);
}

/* Starts counting anew: NATS was away, or too slow to tell silence from delay. */
static void forgive(struct registry *registry)
{
	struct entry *entry;

	registry->beats = 0;
	TAILQ_FOREACH (entry, &registry->entries, link)
		entry->silence = 0;
}

/* Our own beat came back: NATS works, and who was not heard since the last one is silent. Beats
 * that waited in a stopped server come back in a heap and late, and are not counted. */
static void pulse_heard(struct registry *registry, uint64_t number)
{
	struct entry *entry, *next;

	if (number != registry->pulse || clock_mono_ms() - registry->pulse_ms >= registry->beat_ms)
		return;
	registry->pulse_back = true;
	registry->beats++;
	for (entry = TAILQ_FIRST(&registry->entries); entry; entry = next) {
		bool leaving = entry->said.instance.state == INSTANCE_LEAVING;

		next = TAILQ_NEXT(entry, link);
		if (++entry->silence > (leaving ? LEAVING_SILENCE_MAX : REGISTRY_SILENCE_MAX)) {
			log_info("%s is %s", entry->said.id, leaving ? "gone" : "silent: dropped");
			entry_remove(registry, entry);
		}
	}
}

static void receive(void *arg, const char *subject, const char *data, size_t len)
{
	struct registry *registry = arg;
	struct announcement said;
	char number[24];
	int64_t pulse;

	if (str_eq(subject, ASK)) {
		announce(registry);
	} else if (registry->pulse_subject && str_eq(subject, registry->pulse_subject)) {
		snprintf(number, sizeof(number), "%.*s", (int)(len < 20 ? len : 20), data);
		if (str_to_int(number, 1, INT64_MAX, &pulse))
			pulse_heard(registry, (uint64_t)pulse);
	} else if (announcement_parse(subject, data, len, &said)) {
		hear(registry, &said);
	}
}

static void pulse_send(struct registry *registry)
{
	char number[24];

	if (!registry->pulses)
		return;
	if (!registry->connected || !registry->pulse_back)
		forgive(registry);
	registry->pulse++;
	registry->pulse_ms = clock_mono_ms();
	registry->pulse_back = false;
	snprintf(number, sizeof(number), "%" PRIu64, registry->pulse);
	bus_publish(registry->bus, registry->pulse_subject, number);
}

static void ask(struct registry *registry)
{
	if (!TAILQ_EMPTY(&registry->watches))
		bus_publish(registry->bus, ASK, "");
}

static void beat(void *arg)
{
	struct registry *registry = arg;
	bool was_connected = registry->connected;

	registry->connected = bus_is_connected(registry->bus);
	if (registry->connected && !was_connected)
		ask(registry);
	announce(registry);
	pulse_send(registry);
}

struct registry *registry_open(struct loop *loop, struct bus *bus)
{
	struct registry *registry = xcalloc(1, sizeof(*registry));

	registry->loop = loop;
	registry->bus = bus;
	registry->inbox = inbox_new(loop, receive, registry);
	registry_set_beat(registry, REGISTRY_BEAT_MS);
	registry->connected = bus_is_connected(bus);
	TAILQ_INIT(&registry->watches);
	TAILQ_INIT(&registry->entries);
	return registry;
}

void registry_set_beat(struct registry *registry, int ms)
{
	loop_timer_remove(registry->timer);
	registry->beat_ms = ms;
	registry->timer = loop_timer_add(registry->loop, 0, ms, beat, registry);
}

static void watch_free(struct registry *registry, struct watch *watch)
{
	TAILQ_REMOVE(&registry->watches, watch, link);
	bus_unsubscribe(watch->subscription);
	free(watch->service);
	free(watch);
}

void registry_close(struct registry *registry)
{
	struct entry *entry;

	if (!registry)
		return;
	registry->self.instance.state = INSTANCE_GONE;
	announce(registry);
	loop_timer_remove(registry->timer);
	micro_stop(registry->micro);
	bus_unsubscribe(registry->asks);
	bus_unsubscribe(registry->pulses);
	while (!TAILQ_EMPTY(&registry->watches))
		watch_free(registry, TAILQ_FIRST(&registry->watches));
	while ((entry = TAILQ_FIRST(&registry->entries))) {
		TAILQ_REMOVE(&registry->entries, entry, link);
		free(entry);
	}
	inbox_free(registry->inbox);
	free(registry->pulse_subject);
	free(registry);
}

void registry_announce(struct registry *registry, const struct instance *self)
{
	struct instance copy = *self;
	int64_t started = registry->announced ? registry->self.started : clock_real_ms();

	copy.state = INSTANCE_READY;
	if (!announcement_set(&registry->self, &copy, started))
		die("instance %s cannot be announced: a name or address is not well-formed",
		    self->id);
	registry->announced = true;
	micro_stop(registry->micro);
	registry->micro = micro_start(registry->bus, &registry->self.instance);
	if (!registry->asks)
		registry->asks = bus_subscribe(registry->bus, ASK, on_message, registry->inbox);
	announce(registry);
}

void registry_leave(struct registry *registry)
{
	registry->self.instance.state = INSTANCE_LEAVING;
	announce(registry);
}

/* True when a watch that is there already receives everything about the service. */
static bool is_covered(const struct registry *registry, const char *service)
{
	const struct watch *watch;

	TAILQ_FOREACH (watch, &registry->watches, link) {
		if (!watch->service || (service && str_eq(watch->service, service)))
			return true;
	}
	return false;
}

static void pulse_start(struct registry *registry)
{
	registry->pulse_subject = bus_inbox(registry->bus);
	registry->pulses = bus_subscribe(registry->bus, registry->pulse_subject, on_message,
					 registry->inbox);
	registry->pulse_back = true;
	pulse_send(registry);
}

void registry_watch(struct registry *registry, const char *service, registry_fn *fn, void *arg)
{
	struct watch *watch = xcalloc(1, sizeof(*watch));
	char *subject scoped(scoped_free) = xasprintf("registry.%s.*", service ? service : "*");
	struct entry *entry;

	*watch = (struct watch){ .service = service ? xstrdup(service) : NULL,
				 .fn = fn,
				 .arg = arg };
	if (!is_covered(registry, service))
		watch->subscription = bus_subscribe(registry->bus, subject, on_message,
						    registry->inbox);
	TAILQ_INSERT_TAIL(&registry->watches, watch, link);
	if (!registry->pulses)
		pulse_start(registry);
	TAILQ_FOREACH (entry, &registry->entries, link) {
		if (!service || str_eq(service, entry->said.service))
			fn(arg, &entry->said.instance);
	}
	ask(registry);
}

/* The n-th ready instance of the service, NULL when there are no more than n; *count is how many. */
static const struct instance *nth_ready(const struct registry *registry, const char *service,
					unsigned int n, unsigned int *count)
{
	const struct instance *found = NULL;
	const struct entry *entry;

	*count = 0;
	TAILQ_FOREACH (entry, &registry->entries, link) {
		if (entry->said.instance.state == INSTANCE_READY &&
		    str_eq(entry->said.service, service) && (*count)++ == n)
			found = &entry->said.instance;
	}
	return found;
}

const struct instance *registry_find(struct registry *registry, const char *service)
{
	unsigned int count;
	const struct instance *first = nth_ready(registry, service, 0, &count);

	if (count < 2)
		return first;
	return nth_ready(registry, service, registry->turn++ % count, &count);
}

unsigned int registry_beats(const struct registry *registry)
{
	return registry->beats;
}
