/* The gateway: HAProxy's files and servers kept equal to options, keys and registry. */
#include "daemons/gatewayd/gateway.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemons/gatewayd/config.h"
#include "daemons/gatewayd/key_files.h"
#include "daemons/gatewayd/publish.h"
#include "daemons/gatewayd/runtime.h"
#include "daemons/gatewayd/slots.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/daemon/daemon.h"
#include "lib/daemon/keys.h"
#include "lib/http/metrics.h"
#include "lib/loop/loop.h"
#include "lib/registry/registry.h"

#define TICK_MS       500
#define SOON_MS       5     /* announcements that come together make one change */
#define RELOAD_GAP_MS 2000  /* between two changes: each leaves an old process behind */
#define REFUSED_MS    1000  /* no answer so soon: nobody has read the question */
#define RETRY_MS      10000 /* after HAProxy has refused a configuration */
#define QUESTION      "get var proc.ecom_config;show servers state"

struct gateway {
	struct service *service;
	const char *folder, *stats_socket, *master_socket;
	const char **services;
	json_t *context, *keys;
	struct slots *slots;
	struct publisher *publisher;
	struct keys *key_source;

	struct loop_timer *tick, *soon, *first;
	struct runtime_call *call;          /* one at a time */
	bool again;                         /* something changed while it was under way */
	bool watching;                      /* the registry, since HAProxy was asked once */
	bool is_up;                         /* HAProxy answered last time */
	bool is_current;                    /* and runs with what is to be in haproxy.cfg */
	bool dirty;                         /* haproxy.cfg is older than the slots or keys */
	int64_t publish_ms;                 /* not before */
	int64_t reloaded_ms;                /* the last time, 0: never */
	char fingerprint[FINGERPRINT_SIZE]; /* of what is in haproxy.cfg */
	char pending_fingerprint[FINGERPRINT_SIZE];  /* of what is being checked */
	char reloaded_fingerprint[FINGERPRINT_SIZE]; /* of what HAProxy was last told to read */
	uint64_t reloads, refusals;
};

static struct gateway *gateway; /* struct daemon's start() has no place for it */

static void reconcile(struct gateway *g);

/* --- the files -------------------------------------------------------------------------------- */

static void slots_save(struct gateway *g)
{
	char *path scoped(scoped_free) = xasprintf("%s/slots.json", g->folder);
	json_t *json scoped(scoped_json) = slots_json(g->slots, false);
	char *text scoped(scoped_free) = json_text(json);

	if (!file_write_text(path, text, 0600))
		log_warn("cannot write %s: %s", path, strerror(errno));
}

static void slots_restore(struct gateway *g)
{
	char *path scoped(scoped_free) = xasprintf("%s/slots.json", g->folder);
	size_t len;
	char *text scoped(scoped_free) = file_read(path, &len);
	const char *error;
	json_t *json scoped(scoped_json) = text ? json_parse(text, len, &error) : NULL;

	slots_load(g->slots, json);
}

static void keys_restore(struct gateway *g)
{
	char *path scoped(scoped_free) = xasprintf("%s/jwks.json", g->folder);
	size_t len;
	char *jwks scoped(scoped_free) = file_read(path, &len);

	g->keys = jwks ? key_files_write(g->folder, jwks, len) : NULL;
	if (!g->keys)
		g->keys = json_array();
	key_files_clean(g->folder, g->keys);
}

static void mark_dirty(struct gateway *g)
{
	g->dirty = true;
	g->is_current = false;
}

static void on_published(void *arg, const char *error)
{
	struct gateway *g = arg;

	if (error) {
		log_error("%s", error);
		g->refusals++;
		mark_dirty(g);
		g->publish_ms = clock_mono_ms() + RETRY_MS;
		return;
	}
	memcpy(g->fingerprint, g->pending_fingerprint, sizeof(g->fingerprint));
	reconcile(g);
}

/* Brings haproxy.cfg up to date, so that HAProxy finds today's servers however it is started. */
static void publish_if_dirty(struct gateway *g)
{
	char *text scoped(scoped_free) = NULL;
	char *error scoped(scoped_free) = NULL;

	if (!g->dirty || publish_is_busy(g->publisher) || clock_mono_ms() < g->publish_ms)
		return;
	text = config_render(g->context, g->keys, g->slots, g->pending_fingerprint, &error);
	if (!text) {
		on_published(g, error);
		return;
	}
	g->dirty = false;
	slots_save(g);
	publish(g->publisher, text);
}

/* --- HAProxy ---------------------------------------------------------------------------------- */

static void on_soon(void *arg)
{
	struct gateway *g = arg;

	g->soon = NULL;
	reconcile(g);
}

static void reconcile_soon(struct gateway *g)
{
	if (!g->soon)
		g->soon = loop_timer_add(g->service->loop, SOON_MS, 0, on_soon, g);
}

static void ask(struct gateway *g, const char *socket_path, const char *commands, runtime_fn *fn)
{
	g->call = runtime_call(g->service->loop, socket_path, commands, fn, g);
}

static void call_ended(struct gateway *g)
{
	g->call = NULL;
	if (g->again)
		reconcile_soon(g);
	g->again = false;
}

static void on_reloaded(void *arg, const char *reply)
{
	struct gateway *g = arg;

	if (!reply) {
		log_error("HAProxy's master socket %s does not answer", g->master_socket);
		/* Just started, the master listens there only when its first worker runs. */
		if (clock_mono_ms() - g->reloaded_ms < REFUSED_MS)
			*g->reloaded_fingerprint = '\0';
	}
	call_ended(g);
}

static void reload(struct gateway *g)
{
	log_info("reloading HAProxy: its keys or options changed");
	g->reloads++;
	g->reloaded_ms = clock_mono_ms();
	memcpy(g->reloaded_fingerprint, g->fingerprint, sizeof(g->reloaded_fingerprint));
	ask(g, g->master_socket, "reload", on_reloaded);
}

/* On a slow machine the old process answers for a while: a second reload would only make it slower,
 * and each one counts the callers' requests from zero. */
static bool may_reload(const struct gateway *g)
{
	bool same = str_eq(g->reloaded_fingerprint, g->fingerprint);
	int64_t gap_ms = same ? options_int(g->service->options, "reload_wait") : RELOAD_GAP_MS;

	return !g->dirty && (!g->reloaded_ms || clock_mono_ms() - g->reloaded_ms >= gap_ms);
}

/* Silence is success, and so is a note about an address. */
static bool is_fine(const char *line, size_t len)
{
	static const char unchanged[] = "no need to change", changed[] = "changed from";

	return len == 0 || memmem(line, len, unchanged, strlen(unchanged)) ||
	       memmem(line, len, changed, strlen(changed));
}

static void on_commanded(void *arg, const char *reply)
{
	struct gateway *g = arg;
	const char *line = reply;

	while (line && *line) {
		size_t len = strcspn(line, "\n");

		if (!is_fine(line, len)) {
			log_warn("HAProxy: %.*s", (int)len, line);
			break; /* the rest comes from the same */
		}
		line += len + (line[len] == '\n');
	}
	g->again = true; /* look whether it is as it should be */
	call_ended(g);
}

static void on_instance(void *arg, const struct instance *instance)
{
	static const char *const states[] = {
		[INSTANCE_READY] = "ready", [INSTANCE_LEAVING] = "leaving", [INSTANCE_GONE] = "gone"
	};
	struct gateway *g = arg;

	if (!slots_see(g->slots, instance))
		return;
	log_info("%s %s is %s", instance->id, instance->address, states[instance->state]);
	mark_dirty(g);
	reconcile_soon(g);
}

/* The registry speaks after HAProxy: what runs keeps its slot. */
static void watch_registry(struct gateway *g)
{
	if (g->watching)
		return;
	g->watching = true;
	registry_watch(g->service->registry, NULL, on_instance, g);
}

static void note_up(struct gateway *g, bool is_up)
{
	if (g->is_up != is_up)
		log_info(is_up ? "HAProxy answers" : "HAProxy does not answer");
	g->is_up = is_up;
}

static void on_state(void *arg, const char *reply)
{
	struct gateway *g = arg;
	struct buf commands = BUF_INIT(0);
	bool fits;

	g->call = NULL;
	note_up(g, reply != NULL);
	if (reply && !g->watching)
		slots_adopt(g->slots, reply);
	watch_registry(g);
	fits = reply && strstr(reply, g->fingerprint) != NULL;
	g->is_current = fits && !g->dirty && !publish_is_busy(g->publisher);
	if (reply && slots_reconcile(g->slots, reply, &commands))
		ask(g, g->stats_socket, commands.data, on_commanded);
	else if (reply && !fits && may_reload(g))
		reload(g);
	else
		call_ended(g);
	buf_free(&commands);
}

static void reconcile(struct gateway *g)
{
	if (registry_beats(g->service->registry) > REGISTRY_SILENCE_MAX &&
	    slots_drop_unknown(g->slots))
		mark_dirty(g);
	publish_if_dirty(g);
	if (g->call)
		g->again = true;
	else
		ask(g, g->stats_socket, QUESTION, on_state);
}

/* --- keys ------------------------------------------------------------------------------------- */

static void on_keys(void *arg, const char *jwks, size_t len)
{
	struct gateway *g = arg;
	char *path scoped(scoped_free) = xasprintf("%s/jwks.json", g->folder);
	json_t *keys = key_files_write(g->folder, jwks, len);

	if (!keys) {
		log_error("userd's key set has no usable key: the old ones stay");
		return;
	}
	if (json_equal(keys, g->keys)) {
		json_decref(keys);
		return;
	}
	if (!file_write(path, jwks, len, 0600))
		log_warn("cannot write %s: %s", path, strerror(errno));
	json_decref(g->keys);
	g->keys = keys;
	mark_dirty(g);
	reconcile_soon(g);
}

/* --- start and stop --------------------------------------------------------------------------- */

static void gateway_metrics(struct buf *out, void *arg)
{
	const struct gateway *g = arg;

	metrics_family(out, "ecom_gateway_up", "gauge", "1 when HAProxy answers.");
	metrics_sample(out, "ecom_gateway_up", g->is_up);
	metrics_family(out, "ecom_gateway_current", "gauge",
		       "1 when HAProxy runs with the keys and options that it should have.");
	metrics_sample(out, "ecom_gateway_current", g->is_current);
	metrics_family(out, "ecom_gateway_instances", "gauge", "Servers in use.");
	for (const char **service = g->services; *service; service++)
		metrics_sample(out, "ecom_gateway_instances", slots_used(g->slots, *service),
			       "backend", *service);
	metrics_family(out, "ecom_gateway_keys", "gauge", "Keys that tokens may be signed with.");
	metrics_sample(out, "ecom_gateway_keys", (double)json_array_size(g->keys));
	metrics_family(out, "ecom_gateway_reloads_total", "counter", "Reloads asked for.");
	metrics_sample(out, "ecom_gateway_reloads_total", (double)g->reloads);
	metrics_family(out, "ecom_gateway_refusals_total", "counter",
		       "Configurations that HAProxy refused.");
	metrics_sample(out, "ecom_gateway_refusals_total", (double)g->refusals);
}

static void on_tick(void *arg)
{
	reconcile(arg);
}

/* The first turn of the loop: now there is a registry. */
static void on_first(void *arg)
{
	struct gateway *g = arg;

	g->first = NULL;
	g->key_source = keys_start(g->service, on_keys, g);
	g->tick = loop_timer_add(g->service->loop, 0, TICK_MS, on_tick, g);
	reconcile(g);
}

static bool config_start(struct gateway *g, char **error)
{
	char *text scoped(scoped_free) = NULL;

	g->context = config_context(g->service->options, g->services, error);
	if (!g->context || !config_write_files(g->folder, error))
		return false;
	keys_restore(g);
	slots_restore(g);
	text = config_render(g->context, g->keys, g->slots, g->fingerprint, error);
	return text && publish_now(g->publisher, text, error);
}

/* As a user's PATH may lack /usr/sbin. */
static const char *haproxy_path(const struct options *options)
{
	const char *program = options_str(options, "haproxy");

	if (str_eq(program, "haproxy") && access("/usr/sbin/haproxy", X_OK) == 0)
		return "/usr/sbin/haproxy";
	return program;
}

bool gateway_start(struct service *service, char **error)
{
	const struct options *options = service->options;
	struct gateway *g = xcalloc(1, sizeof(*g));

	gateway = g;
	g->service = service;
	g->folder = options_str(options, "gateway_dir");
	g->stats_socket = options_str(options, "stats_socket");
	g->master_socket = options_str(options, "master_socket");
	g->services = config_services();
	g->slots = slots_new(g->services);
	g->publisher = publisher_new(service->loop, g->folder, haproxy_path(options), on_published,
				     g);
	if (!config_start(g, error))
		return false;
	metrics_register(gateway_metrics, g);
	g->first = loop_timer_add(service->loop, 1, 0, on_first, g);
	return true;
}

/* HAProxy goes on as it is. */
void gateway_stop(struct service *service)
{
	struct gateway *g = gateway;

	(void)service;
	keys_stop(g->key_source);
	loop_timer_remove(g->tick);
	loop_timer_remove(g->soon);
	loop_timer_remove(g->first);
	runtime_cancel(g->call);
	publisher_free(g->publisher);
	slots_free(g->slots);
	json_decref(g->context);
	json_decref(g->keys);
	free(g->services);
	free(g);
	gateway = NULL;
}
