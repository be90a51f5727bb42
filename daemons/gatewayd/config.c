/* HAProxy's configuration and maps, made from options, keys and slots. */
#include "daemons/gatewayd/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "daemons/gatewayd/template.h"
#include "lib/base/file.h"
#include "lib/base/hash.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/base/options.h"
#include "lib/base/str.h"
#include "lib/http/gateway_routes.h"
#include "lib/http/route.h"

#define DESCRIPTORS_OTHER 500 /* for listeners, checks, logs */

static const struct {
	const char *name;
	unsigned int frontend;
} frontends[] = { { "shop", SHOP }, { "admin", ADMIN }, { "internal", INTERNAL } };

const char **config_services(void)
{
	const char **services = xcalloc(SERVICES_MAX + 1, sizeof(*services));
	int count = 0;

	for (const struct gateway_route *route = gateway_routes; route->prefix; route++) {
		int i = 0;

		while (i < count && !str_eq(services[i], route->service))
			i++;
		if (i == count && count < SERVICES_MAX)
			services[count++] = route->service;
	}
	return services;
}

static char *map_text(unsigned int frontend)
{
	struct buf out = { 0 };

	for (const struct gateway_route *route = gateway_routes; route->prefix; route++) {
		if (route->frontend == frontend)
			buf_addf(&out, "%s %s\n", route->prefix, route->service);
	}
	return buf_steal(&out);
}

static bool folder_make(const char *folder, const char *name, char **error)
{
	char *path scoped(scoped_free) = xasprintf("%s/%s", folder, name);

	if (file_make_dirs(path, 0700))
		return true;
	*error = xasprintf("gateway_dir: cannot make %s: %s", path, strerror(errno));
	return false;
}

/* Takes path and text. */
static bool file_put(char *path, char *text, char **error)
{
	bool ok = file_write_text(path, text, 0600);

	if (!ok)
		*error = xasprintf("cannot write %s: %s", path, strerror(errno));
	free(path);
	free(text);
	return ok;
}

bool config_write_files(const char *folder, char **error)
{
	bool ok = folder_make(folder, "maps", error) && folder_make(folder, "keys", error);

	for (size_t i = 0; ok && i < array_size(frontends); i++)
		ok = file_put(xasprintf("%s/maps/%s.map", folder, frontends[i].name),
			      map_text(frontends[i].frontend), error);
	return ok;
}

/* "127.0.0.1:8080" is only for this machine; anything else is for others too. */
static bool is_loopback(const char *address)
{
	return str_has_prefix(address, "127.") || str_has_prefix(address, "[::1]:") ||
	       str_has_prefix(address, "localhost:");
}

static bool bind_add(json_t *context, const char *frontend, const struct options *options,
		     char **error)
{
	char *option scoped(scoped_free) = xasprintf("%s_address", frontend);
	char *name scoped(scoped_free) = xasprintf("%s_bind", frontend);
	const char *address = options_str(options, option);
	const char *certificate = options_str(options, "tls_certificate");
	char *text scoped(scoped_free) = NULL;

	if (is_loopback(address)) {
		text = xstrdup(address);
	} else if (certificate && *certificate) {
		text = xasprintf("%s ssl crt %s alpn h2,http/1.1", address, certificate);
	} else if (options_bool(options, "insecure")) {
		text = xstrdup(address);
	} else {
		*error = xasprintf("%s: %s can be reached from outside: set tls_certificate, or "
				   "insecure: true when something before it speaks TLS",
				   option, address);
		return false;
	}
	json_object_set_new(context, name, json_string(text));
	return true;
}

/* The words of a list option, with blanks between them; NULL when it is empty. */
static json_t *list_text(const struct options *options, const char *key)
{
	struct buf out = { 0 };
	char *text scoped(scoped_free) = NULL;

	for (const char *const *word = options_list(options, key); word && *word; word++)
		buf_addf(&out, "%s%s", out.len ? " " : "", *word);
	text = buf_steal(&out);
	return *text ? json_string(text) : NULL;
}

static void section_add(json_t *context, const char *section, const char *name, json_t *value)
{
	json_object_set_new(context, section,
			    value ? json_pack("{s:o}", name, value) : json_false());
}

static bool secrets_add(json_t *context, const struct options *options, const char *const *services,
			char **error)
{
	json_t *secrets = json_object();

	json_object_set_new(context, "secrets", secrets);
	for (; *services; services++) {
		char *path scoped(scoped_free) =
			xasprintf("%s/gateway-%s", options_str(options, "secrets_dir"), *services);
		char *secret scoped(scoped_free) = file_read_line(path);

		if (!secret || !*secret) {
			*error = xasprintf("cannot read the gateway secret of %s in %s: %s",
					   *services, path,
					   secret ? "it is empty" : strerror(errno));
			return false;
		}
		json_object_set_new(secrets, *services, json_string(secret));
	}
	return true;
}

/* HAProxy refuses to start with more connections than it may have descriptors for. */
static int64_t max_connections(const struct options *options)
{
	int64_t wanted = options_int(options, "max_connections"), possible;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_max == RLIM_INFINITY)
		return wanted;
	possible = ((int64_t)limit.rlim_max - DESCRIPTORS_OTHER) / 2;
	if (possible < 100)
		possible = 100;
	return wanted < possible ? wanted : possible;
}

static json_t *numbers(const struct options *options)
{
	int64_t period_s = options_int(options, "rate_limit_period") / 1000;
	char period[32], queue[32];

	snprintf(period, sizeof(period), "%llds", (long long)period_s);
	snprintf(queue, sizeof(queue), "%lldms", (long long)options_int(options, "queue_timeout"));
	return json_pack(
		"{s:I, s:I, s:I, s:s, s:I, s:I, s:I, s:I, s:s}", "max_connections",
		(json_int_t)max_connections(options), "rate_limit",
		(json_int_t)options_int(options, "rate_limit_requests"), "rate_seconds",
		(json_int_t)period_s, "rate_period", period, "rate_limit_clients",
		(json_int_t)options_int(options, "rate_limit_clients"), "body_max",
		(json_int_t)options_int(options, "request_body_max"), "instance_connections",
		(json_int_t)options_int(options, "instance_connections"), "instance_queue",
		(json_int_t)options_int(options, "instance_queue"), "queue_timeout", queue);
}

/* Paths become words of the configuration. */
static bool path_add(json_t *context, const struct options *options, const char *key,
		     const char *name, char **error)
{
	const char *path = options_str(options, key);

	if (!*path || path[strcspn(path, " \t,#(){}%")]) {
		*error = xasprintf("%s: \"%s\" must be a path without blanks and , # ( ) { } %%",
				   key, path);
		return false;
	}
	json_object_set_new(context, name, json_string(path));
	return true;
}

json_t *config_context(const struct options *options, const char *const *services, char **error)
{
	json_t *context = numbers(options);
	int64_t cache_mb = options_int(options, "cache_mb");
	json_t *metrics_from = list_text(options, "metrics_from");
	bool ok = path_add(context, options, "gateway_dir", "folder", error) &&
		  path_add(context, options, "stats_socket", "stats_socket", error) &&
		  secrets_add(context, options, services, error);

	for (size_t i = 0; ok && i < array_size(frontends); i++)
		ok = bind_add(context, frontends[i].name, options, error);
	json_object_set_new(context, "issuer", json_string(options_str(options, "issuer")));
	json_object_set_new(context, "metrics_from",
			    metrics_from ? metrics_from : json_string("127.0.0.1"));
	section_add(context, "trusted_proxies", "addresses", list_text(options, "trusted_proxies"));
	section_add(context, "cors", "origins", list_text(options, "cors_origins"));
	section_add(context, "cache", "megabytes", cache_mb ? json_integer(cache_mb) : NULL);
	if (ok)
		return context;
	json_decref(context);
	return NULL;
}

static char *render(const json_t *context, const json_t *keys, json_t *services,
		    const char *fingerprint, char **error)
{
	json_t *all scoped(scoped_json) = json_copy((json_t *)context);
	const json_t *secrets = json_object_get(context, "secrets");
	json_t *service;
	size_t i;

	json_array_foreach (services, i, service)
		json_object_set(service, "secret",
				json_object_get(secrets, json_get_string(service, "service", "")));
	json_object_set_new(all, "services", services);
	json_object_set(all, "keys", (json_t *)keys);
	json_object_set_new(all, "fingerprint", json_string(fingerprint));
	return template_render(config_template, all, error);
}

/* Of the text without servers, and of what the text only names. */
static void fingerprint_make(const char *text, const json_t *keys,
			     char fingerprint[FINGERPRINT_SIZE])
{
	struct buf all = { 0 };
	char hex[HASH_HEX_SIZE];
	const json_t *key;
	size_t i;

	buf_adds(&all, text);
	json_array_foreach (keys, i, key)
		buf_adds(&all, json_get_string(key, "pem", ""));
	for (i = 0; i < array_size(frontends); i++) {
		char *map scoped(scoped_free) = map_text(frontends[i].frontend);

		buf_adds(&all, map);
	}
	hash_sha256_hex(all.data, all.len, hex);
	buf_free(&all);
	snprintf(fingerprint, FINGERPRINT_SIZE, "%.32s", hex);
}

char *config_render(const json_t *context, const json_t *keys, const struct slots *slots,
		    char fingerprint[FINGERPRINT_SIZE], char **error)
{
	char *fixed scoped(scoped_free) = render(context, keys, slots_json(slots, true), "", error);

	if (!fixed)
		return NULL;
	fingerprint_make(fixed, keys, fingerprint);
	return render(context, keys, slots_json(slots, false), fingerprint, error);
}
