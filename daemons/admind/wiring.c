/* How the parts of a shop find each other: arguments and environment of each program. */
#include "daemons/admind/wiring.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "daemons/admind/programs.h"
#include "daemons/admind/record.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

#define GATEWAY_FILES       21000 /* for the usual number of connections, 10000 */
#define GATEWAY_FILES_OTHER 1000
#define PORT_INTERNAL       2 /* after the shop's */

extern char **environ;

void wiring_open(struct wiring *wiring, const struct state *state, const struct settings *settings)
{
	const struct passwd *user = getpwuid(geteuid());

	*wiring = (struct wiring){
		.state = state,
		.settings = settings,
		.postgres = program_postgres_folder(state),
		.nats = program_nats(),
		.haproxy = program_haproxy(),
		.user = user ? xstrdup(user->pw_name) : xasprintf("%d", (int)geteuid()),
	};
}

void wiring_close(struct wiring *wiring)
{
	free(wiring->postgres);
	free(wiring->nats);
	free(wiring->haproxy);
	free(wiring->user);
}

static bool words_have(const struct words *words, const char *entry, size_t name_len)
{
	for (size_t i = 0; i < words->count; i++) {
		if (strncmp(words->list[i], entry, name_len) == 0 &&
		    words->list[i][name_len] == '=')
			return true;
	}
	return false;
}

/* What the operator set for a daemon stays; what the engine sets wins; the rest is left out. */
static void environment_finish(struct words *words)
{
	static const char *const kept[] = {
		"PATH=", "ECOM_", "ASAN_OPTIONS=", "UBSAN_OPTIONS=", "LSAN_OPTIONS=",
	};

	for (char **entry = environ; *entry; entry++) {
		for (size_t i = 0; i < array_size(kept); i++) {
			if (str_has_prefix(*entry, kept[i]) &&
			    !str_has_prefix(*entry, "ECOM_ADMIND_") &&
			    !words_have(words, *entry, strcspn(*entry, "=")))
				words_add(words, "%s", *entry);
		}
	}
}

static void environment_start(const struct wiring *wiring, struct words *words)
{
	words_add(words, "LANG=C.UTF-8");
	words_add(words, "TZ=UTC");
	words_add(words, RECORD_VARIABLE "=%s", wiring->state->run);
}

/* HAProxy refuses to start when it may not open two files per connection and a few hundred more. */
static void environment_files(struct words *words)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_max < GATEWAY_FILES &&
	    files.rlim_max > GATEWAY_FILES_OTHER)
		words_add(words, "ECOM_GATEWAYD_MAX_CONNECTIONS=%llu",
			  (unsigned long long)(files.rlim_max - GATEWAY_FILES_OTHER) / 2);
}

static void environment_gateway(const struct wiring *wiring, struct words *words)
{
	static const char *const names[] = { "SHOP", "ADMIN", "INTERNAL" };
	const char *dir = wiring->state->dir;

	words_add(words, "ECOM_GATEWAYD_GATEWAY_DIR=%s/gateway", dir);
	words_add(words, "ECOM_GATEWAYD_HAPROXY=%s", wiring->haproxy);
	words_add(words, "ECOM_GATEWAYD_SECRETS_DIR=%s/secrets", dir);
	words_add(words, "ECOM_GATEWAYD_STATS_SOCKET=%s/run/haproxy-stats.sock", dir);
	words_add(words, "ECOM_GATEWAYD_MASTER_SOCKET=%s/run/haproxy-master.sock", dir);
	for (int i = 0; i < (int)array_size(names); i++)
		words_add(words, "ECOM_GATEWAYD_%s_ADDRESS=127.0.0.1:%d", names[i],
			  wiring->settings->port + i);
	environment_files(words);
}

static void environment_daemon(const struct wiring *wiring, const struct component *component,
			       struct words *words)
{
	const char *dir = wiring->state->dir, *name = component->name;

	environment_start(wiring, words);
	words_add(words, "ECOM_CACHE_DIR=%s/cache", dir);
	words_add(words, "ECOM_NATS_URL=nats://127.0.0.1:%d", wiring->settings->nats_port);
	words_add(words, "ECOM_NATS_USER=%s", name);
	words_add(words, "ECOM_NATS_PASSWORD_FILE=%s/secrets/nats-%s", dir, name);
	words_add(words, "ECOM_GATEWAY_SECRET_FILE=%s/secrets/gateway-%s", dir, name);
	words_add(words, "ECOM_ISSUER=ecom");
	if (component->database_connections)
		words_add(words, "ECOM_DATABASE_URL=host=%s dbname=%s user=%s", wiring->state->run,
			  name, name);
	if (component->calls_peers) {
		words_add(words, "ECOM_INTERNAL_URL=http://127.0.0.1:%d",
			  wiring->settings->port + PORT_INTERNAL);
		words_add(words, "ECOM_CLIENT_SECRET_FILE=%s/secrets/clients/%s", dir, name);
	}
	if (str_eq(name, "userd"))
		words_add(words, "ECOM_BOOTSTRAP_CLIENTS=%s/secrets/clients", dir);
	if (str_eq(name, "gatewayd"))
		environment_gateway(wiring, words);
	environment_finish(words);
}

static void launch_daemon(const struct wiring *wiring, const struct component *component,
			  struct launch *out)
{
	char *program scoped(scoped_free) = program_daemon(component->name);

	words_add(&out->arguments, "%s", program ? program : component->name);
	words_add(&out->arguments, "--config");
	words_add(&out->arguments, "%s/ecom.yaml", wiring->state->dir);
	environment_daemon(wiring, component, &out->environment);
	out->folder = wiring->state->dir;
}

static void launch_server(const struct wiring *wiring, struct launch *out)
{
	environment_start(wiring, &out->environment);
	environment_finish(&out->environment);
	out->folder = wiring->state->dir;
}

static void launch_postgres(const struct wiring *wiring, struct launch *out)
{
	words_add(&out->arguments, "%s/postgres", wiring->postgres);
	words_add(&out->arguments, "-D");
	words_add(&out->arguments, "%s/postgres", wiring->state->dir);
	launch_server(wiring, out);
}

static void launch_nats(const struct wiring *wiring, struct launch *out)
{
	words_add(&out->arguments, "%s", wiring->nats);
	words_add(&out->arguments, "-c");
	words_add(&out->arguments, "%s/nats.conf", wiring->state->run);
	launch_server(wiring, out);
}

static void launch_haproxy(const struct wiring *wiring, struct launch *out)
{
	words_add(&out->arguments, "%s", wiring->haproxy);
	words_add(&out->arguments, "-W");
	words_add(&out->arguments, "-S");
	words_add(&out->arguments, "%s/haproxy-master.sock,mode,600", wiring->state->run);
	words_add(&out->arguments, "-f");
	words_add(&out->arguments, "%s/gateway/haproxy.cfg", wiring->state->dir);
	launch_server(wiring, out);
}

void wiring_launch(const struct wiring *wiring, const struct component *component, const char *unit,
		   struct launch *out)
{
	static const struct {
		const char *name;
		void (*launch)(const struct wiring *wiring, struct launch *out);
	} servers[] = {
		{ "postgres", launch_postgres },
		{ "nats", launch_nats },
		{ "haproxy", launch_haproxy },
	};

	for (size_t i = 0; i < array_size(servers); i++) {
		if (str_eq(component->name, servers[i].name)) {
			servers[i].launch(wiring, out);
			return;
		}
	}
	launch_daemon(wiring, component, out);
	words_add(&out->arguments, "--instance");
	words_add(&out->arguments, "%s", unit);
}

void wiring_initdb(const struct wiring *wiring, struct launch *out)
{
	static const char *const fixed[] = {
		"-U",
		"postgres",
		"-E",
		"UTF8",
		"--locale=C.UTF-8",
		"--data-checksums",
		"--auth-local=peer",
		"--auth-host=reject",
		"--no-instructions",
	};

	words_add(&out->arguments, "%s/initdb", wiring->postgres);
	words_add(&out->arguments, "-D");
	words_add(&out->arguments, "%s/postgres.new", wiring->state->dir);
	for (size_t i = 0; i < array_size(fixed); i++)
		words_add(&out->arguments, "%s", fixed[i]);
	launch_server(wiring, out);
}

void wiring_migrate(const struct wiring *wiring, const struct component *component,
		    struct launch *out)
{
	words_add(&out->environment, "ECOM_OWNER_DATABASE_URL=host=%s dbname=%s user=%s_owner",
		  wiring->state->run, component->name, component->name);
	launch_daemon(wiring, component, out);
	words_add(&out->arguments, "--migrate");
}

void wiring_config(const struct wiring *wiring, const struct component *component,
		   struct launch *out)
{
	launch_daemon(wiring, component, out);
	words_add(&out->arguments, "--print-config");
}

void wiring_backup(const struct wiring *wiring, struct launch *out)
{
	char *program scoped(scoped_free) = program_daemon("backup");

	words_add(&out->arguments, "%s", program ? program : "backup");
	launch_server(wiring, out);
}
