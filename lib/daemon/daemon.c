/* daemon_main(): the command line, the options, and what to do with them. */
#include "lib/daemon/daemon.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <curl/curl.h>
#include <sodium.h>

#include "lib/base/fault.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/daemon/arguments.h"
#include "lib/daemon/fault_points.h"
#include "lib/daemon/peers.h"
#include "lib/daemon/run.h"
#include "lib/db/session.h"
#include "lib/events/bus.h"

#define MIGRATE_TIMEOUT_MS (30 * 60 * 1000)
#define OTHER_FILES        512 /* besides HTTP connections: PostgreSQL, NATS, files */

static struct options *load_options(const struct daemon *daemon, const struct arguments *arguments)
{
	static const struct option none[] = { { 0 } };
	const struct option *const tables[] = {
		daemon_options,    bus_options,
		retention_options, daemon->calls_peers ? peers_options : none,
		daemon->options,   NULL
	};
	struct options *options;
	enum log_level level;
	char *error;

	options = options_load(daemon->name, tables, arguments->config, &error);
	if (!options) {
		fprintf(stderr, "%s: %s\n", daemon->name, error);
		exit(1);
	}
	if (!retention_check(options, &error)) {
		fprintf(stderr, "%s: %s\n", daemon->name, error);
		exit(1);
	}
	if (arguments->role)
		options_set(options, "role", arguments->role);
	if (!log_level_parse(options_str(options, "log_level"), &level)) {
		fprintf(stderr, "%s: log_level must be debug, info, warn or error\n", daemon->name);
		exit(1);
	}
	log_set_level(level);
	return options;
}

/* Threads with a connection of their own, for the engine's budget: a row each, and the relay. */
static int background_connections(const struct daemon *daemon)
{
	int count = daemon->migrations && daemon->stream ? 1 : 0;

	for (const struct worker *w = retention_workers; daemon->migrations && w->name; w++)
		count++;
	for (const struct worker *w = daemon->workers; w && w->name; w++)
		count++;
	for (const struct consumer *c = daemon->consumers; c && c->subject; c++)
		count++;
	for (const struct outbound *o = daemon->outbound; o && o->name; o++)
		count++;
	return count;
}

static void print_config(const struct daemon *daemon, const struct options *options)
{
	options_print(options, stdout);
	if (daemon->migrations)
		printf("  # background connections: \"%d\" # relay, workers, consumers, calls\n",
		       background_connections(daemon));
}

static int migrate(const struct daemon *daemon, const struct options *options)
{
	const char *url = options_str(options, "owner_database_url");
	struct session *owner;
	enum migrate_state state;
	char *error = NULL;

	if (!daemon->migrations)
		return 0;
	if (!url)
		die("owner_database_url is not set");
	owner = session_open(url, "migrate", MIGRATE_TIMEOUT_MS);
	state = migrate_run(owner, daemon->migrations, &error);
	session_close(owner);
	if (state == MIGRATE_CURRENT) {
		log_info("schema is current");
		return 0;
	}
	log_error("%s", error);
	free(error);
	return state == MIGRATE_NEWER ? 3 : 1;
}

/* Else a crowd of connections would leave none for PostgreSQL. */
static void allow_files(const struct options *options)
{
	rlim_t wanted = 2 * (rlim_t)options_int(options, "connections_max") + OTHER_FILES;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < wanted)
		log_warn("%llu files may be open, connections_max needs %llu: raise the hard limit",
			 (unsigned long long)limit.rlim_cur, (unsigned long long)wanted);
}

int daemon_main(const struct daemon *daemon, int argc, char **argv)
{
	struct arguments arguments;
	struct options *options;
	char *instance;
	int code = 0;

	arguments_parse(daemon, argc, argv, &arguments);
	if (arguments.action == ACTION_HELP)
		arguments_help(daemon);
	else if (arguments.action == ACTION_VERSION)
		printf("%s %s\n", daemon->name, PACKAGE_VERSION);
	else if (arguments.action == ACTION_MAN)
		arguments_man(daemon);
	else if (arguments.action == ACTION_FAULT_POINTS)
		fault_points_print(daemon);
	if (arguments.action >= ACTION_HELP)
		return 0;

	mallopt(M_ARENA_MAX,
		2); /* our threads mostly wait: one arena each would only hold memory */
	if (sodium_init() < 0 || curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
		die("cannot initialise the crypto libraries");
	options = load_options(daemon, &arguments);
	instance = arguments.instance ? xstrdup(arguments.instance)
				      : xasprintf("%s-1", daemon->name);
	if (arguments.action == ACTION_PRINT_CONFIG) {
		print_config(daemon, options);
	} else if (arguments.action != ACTION_CHECK_CONFIG) {
		log_init(daemon->name, instance);
		if (arguments.action == ACTION_RUN) {
			allow_files(options);
			fault_init(daemon->name);
			code = daemon_run(daemon, options, instance);
			options = NULL;
		} else {
			code = migrate(daemon, options);
		}
	}
	options_free(options);
	free(instance);
	return code;
}
