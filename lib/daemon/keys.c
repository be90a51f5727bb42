/* The key set that tokens are verified with. */
#include "lib/daemon/keys.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/daemon/daemon.h"
#include "lib/loop/loop.h"
#include "lib/registry/registry.h"

#define TICK_MS        500
#define EVERY_MS       20000 /* a new key signs 60 seconds after it is published */
#define JWKS_MAX       ((size_t)256 << 10)
#define FETCH_LIMIT_MS 2000L

struct keys {
	struct service *service;
	keys_fn *fn;
	void *arg;
	char *known; /* the last key set */
	char *cache_path;
	struct loop_timer *timer;
	struct loop_wakeup *wakeup;
	int64_t next_ms, refreshed_ms;
	bool fetching;
	pthread_t thread;
	char *url;
	struct buf fetched; /* the thread's until it has woken the loop */
};

static void take(struct keys *keys, const char *jwks, size_t len)
{
	if (keys->known && str_eq(keys->known, jwks))
		return;
	free(keys->known);
	keys->known = xstrdup(jwks);
	keys->fn(keys->arg, jwks, len);
}

static bool take_file(struct keys *keys, const char *path)
{
	size_t len;
	char *jwks scoped(scoped_free) = file_read(path, &len);

	if (jwks)
		take(keys, jwks, len);
	return jwks != NULL;
}

static size_t on_data(char *data, size_t size, size_t count, void *arg)
{
	return buf_add(arg, data, size * count) ? size * count : 0;
}

/* A userd that has only just begun has none yet: that is not an answer to keep. */
static bool has_keys(const struct buf *jwks)
{
	const char *error;
	json_t *set scoped(scoped_json) = jwks->len ? json_parse(jwks->data, jwks->len, &error)
						    : NULL;

	return json_array_size(json_object_get(set, "keys")) > 0;
}

static void cache_save(const struct keys *keys)
{
	if (keys->cache_path &&
	    !file_write(keys->cache_path, keys->fetched.data, keys->fetched.len, 0600))
		log_warn("%s: %s", keys->cache_path, strerror(errno));
}

static void *fetch_thread(void *arg)
{
	struct keys *keys = arg;
	CURL *curl = curl_easy_init();
	long status = 0;

	curl_easy_setopt(curl, CURLOPT_URL, keys->url);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, FETCH_LIMIT_MS);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &keys->fetched);
	if (curl_easy_perform(curl) == CURLE_OK)
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(curl);
	if (status != 200 || !has_keys(&keys->fetched))
		buf_free(&keys->fetched);
	else
		cache_save(keys);
	loop_wake(keys->wakeup);
	return NULL;
}

static void on_fetched(void *arg)
{
	struct keys *keys = arg;

	pthread_join(keys->thread, NULL);
	keys->fetching = false;
	free(keys->url);
	keys->url = NULL;
	if (keys->fetched.len) {
		take(keys, keys->fetched.data, keys->fetched.len);
		keys->next_ms = clock_mono_ms() + EVERY_MS;
	}
	buf_free(&keys->fetched);
}

static void fetch(struct keys *keys)
{
	const struct instance *userd = registry_find(keys->service->registry, "userd");

	if (!userd)
		return;
	keys->url = xasprintf("http://%s/.well-known/jwks.json", userd->direct_address);
	keys->fetched = (struct buf)BUF_INIT(JWKS_MAX);
	keys->fetching = pthread_create(&keys->thread, NULL, fetch_thread, keys) == 0;
}

static void on_tick(void *arg)
{
	struct keys *keys = arg;
	const char *path = options_str(keys->service->options, "jwks_file");

	if (keys->fetching || clock_mono_ms() < keys->next_ms)
		return;
	if (!path)
		fetch(keys);
	else if (take_file(keys, path))
		keys->next_ms = clock_mono_ms() + EVERY_MS / 10;
}

static void on_userd(void *arg, const struct instance *instance)
{
	/* registry_find() needs a watch; there is nothing to do at a change. */
	(void)arg;
	(void)instance;
}

void keys_refresh(struct keys *keys)
{
	int64_t now = clock_mono_ms();

	if (!keys || now < keys->refreshed_ms)
		return;
	keys->refreshed_ms = now + EVERY_MS;
	keys->next_ms = now;
}

struct keys *keys_start(struct service *service, keys_fn *fn, void *arg)
{
	const char *cache_dir = options_str(service->options, "cache_dir");
	struct keys *keys = xcalloc(1, sizeof(*keys));

	*keys = (struct keys){ .service = service, .fn = fn, .arg = arg };
	keys->wakeup = loop_wakeup_add(service->loop, on_fetched, keys);
	keys->timer = loop_timer_add(service->loop, 1, TICK_MS, on_tick, keys);
	if (cache_dir) {
		keys->cache_path = xasprintf("%s/%s.jwks", cache_dir, service->instance);
		take_file(keys, keys->cache_path);
	}
	registry_watch(service->registry, "userd", on_userd, keys);
	return keys;
}

void keys_stop(struct keys *keys)
{
	if (!keys)
		return;
	if (keys->fetching)
		pthread_join(keys->thread, NULL);
	loop_timer_remove(keys->timer);
	loop_wakeup_remove(keys->wakeup);
	buf_free(&keys->fetched);
	free(keys->url);
	free(keys->cache_path);
	free(keys->known);
	free(keys);
}
