/* A daemon's life: open everything, announce when ready, run, drain, close everything. */
#include "lib/daemon/run.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/auth/token.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/daemon/background.h"
#include "lib/daemon/daemon.h"
#include "lib/daemon/instance_ports.h"
#include "lib/daemon/keys.h"
#include "lib/daemon/peers.h"
#include "lib/daemon/schema_check.h"
#include "lib/daemon/service_metrics.h"
#include "lib/db/pool.h"
#include "lib/events/bus.h"
#include "lib/http/health.h"
#include "lib/http/metrics.h"
#include "lib/http/server.h"
#include "lib/http/tasks.h"
#include "lib/loop/loop.h"
#include "lib/registry/registry.h"

#define DRAIN_TICK_MS  20
#define DRAIN_QUIET_MS 200

struct life {
	struct service service;
	struct route_table *table;
	struct tasks *tasks;
	struct http *http;
	struct loop_timer *ready_timer;
	struct schema_check *schema_check;
	char *address, *direct_address, *gateway_secret;
	bool serves, works;
	bool schema_fits, announced;
	int64_t drain_ms; /* when draining began; 0: not yet */
	bool hurry;       /* a second signal: do not wait for the gateway to notice */
};

/* --- opening ---------------------------------------------------------------------------------- */

static void open_database(struct life *life)
{
	const struct options *options = life->service.options;
	const char *url = options_str(options, "database_url");

	if (!life->service.daemon->migrations)
		return;
	if (!url)
		die("database_url is not set");
	life->service.db =
		db_open(life->service.loop,
			&(struct db_config){
				.url = url,
				.application_name = life->service.instance,
				.read_connections = (int)options_int(options, "read_connections"),
				.write_connections = (int)options_int(options, "write_connections"),
				.slow_connections = (int)options_int(options, "slow_connections"),
				.read_timeout_ms = (int)options_int(options, "read_timeout"),
				.write_timeout_ms = (int)options_int(options, "write_timeout"),
				.slow_timeout_ms = (int)options_int(options, "slow_timeout"),
				.queue_max = (int)options_int(options, "queue_max"),
			});
}

static void open_table(struct life *life)
{
	static const struct route none[] = { { 0 } };
	const struct daemon *daemon = life->service.daemon;
	const struct route *tables[] = { daemon->routes ? daemon->routes : none, health_routes,
					 NULL };
	char *error;

	life->table = route_table_make(tables, &error);
	if (!life->table)
		die("%s", error);
}

static bool has_tasks(const struct daemon *daemon)
{
	for (const struct route *route = daemon->routes; route && route->path; route++) {
		if (route->task || route->supply)
			return true;
	}
	return false;
}

static char *gateway_secret(const struct options *options)
{
	const char *path = options_str(options, "gateway_secret_file");
	char *secret = path ? file_read_line(path) : NULL;

	if (path && (!secret || strlen(secret) < 16))
		die("gateway_secret_file %s: %s", path,
		    secret ? "needs at least 16 characters" : strerror(errno));
	return secret;
}

static void listen_or_die(struct life *life, enum frontend mode, int fd, const char *where)
{
	if (fd < 0 || !http_listen(life->http, mode, fd))
		die("cannot listen on %s: %s", where, fd < 0 ? strerror(errno) : "refused");
}

/* What others should call: the bound address, or advertise_host with its port. */
static char *advertised(const struct options *options, int fd)
{
	const char *host = options_str(options, "advertise_host");
	char *bound = http_address(fd), *address;

	if (!host)
		return bound;
	address = xasprintf("%s%s", host, strrchr(bound, ':'));
	free(bound);
	return address;
}

static void open_listeners(struct life *life)
{
	const struct options *options = life->service.options;
	const char *run_dir = options_str(options, "run_dir");
	const char *listen = options_str(options, "listen");
	const char *direct = options_str(options, "direct_listen");
	const char *unix_path = options_str(options, "unix_listen");
	struct instance_ports ports = instance_ports_load(run_dir, life->service.instance);
	int fd = http_bind(direct, ports.direct);

	listen_or_die(life, DIRECT, fd, direct);
	life->direct_address = advertised(options, fd);
	life->service.direct_address = life->direct_address;
	if (life->serves && !life->service.daemon->no_listener) {
		fd = http_bind(listen, ports.gateway);
		listen_or_die(life, SHOP, fd, listen);
		life->address = advertised(options, fd);
	}
	if (unix_path)
		listen_or_die(life, LOCAL, http_bind_unix(unix_path), unix_path);
	instance_ports_save(run_dir, life->service.instance, life->address ? life->address : "",
			    life->direct_address);
}

static void open_http(struct life *life)
{
	const struct options *options = life->service.options;

	if (has_tasks(life->service.daemon))
		life->tasks = tasks_start(
			life->service.loop,
			&(struct tasks_config){
				.threads = (int)options_int(options, "task_threads"),
				.queue_max = (int)options_int(options, "queue_max"),
				.wait_ms = (int)options_int(options, "task_wait"),
				.database_url = options_str(options, "database_url"),
				.statement_timeout_ms = (int)options_int(options, "task_timeout"),
			});
	life->gateway_secret = gateway_secret(options);
	life->http = http_new(&(struct http_config){
		.service = &life->service,
		.table = life->table,
		.tasks = life->tasks,
		.gateway_secret = life->gateway_secret,
		.body_max = (size_t)options_int(options, "body_max"),
		.connections_max = (int)options_int(options, "connections_max"),
		.idle_timeout_s = (int)(options_int(options, "idle_timeout") / 1000),
		.waiters_max = (int)options_int(options, "waiters_max"),
		.body_time_ms = options_int(options, "body_time"),
	});
	life->service.http = life->http;
	metrics_register(http_metrics, life->http);
	open_listeners(life);
}

/* --- readiness -------------------------------------------------------------------------------- */

static void announce(struct life *life)
{
	if (life->announced || life->drain_ms)
		return;
	life->announced = true;
	registry_announce(life->service.registry,
			  &(struct instance){
				  .service = life->service.daemon->name,
				  .id = life->service.instance,
				  .version = PACKAGE_VERSION,
				  .address = life->address ? life->address : "",
				  .direct_address = life->direct_address,
			  });
	log_info("ready on %s, direct %s", life->address ? life->address : "-",
		 life->direct_address);
}

static void on_schema_fits(void *arg)
{
	struct life *life = arg;

	life->schema_fits = true;
	background_open(&life->service, life->works);
}

/* Announced once the schema fits and the database answers: the gateway checks /readyz later. */
static void on_ready_tick(void *arg)
{
	struct life *life = arg;
	const struct service *service = &life->service;

	if (!service->db || (life->schema_fits && db_is_ready(service->db))) {
		health_set_ready();
		announce(life);
		loop_timer_remove(life->ready_timer);
	}
}

static void on_keys(void *arg, const char *jwks, size_t len)
{
	struct life *life = arg;

	if (!verifier_set_keys(life->service.verifier, jwks, len))
		log_error("the key set is not usable; the old one stays");
}

/* --- draining --------------------------------------------------------------------------------- */

static void on_drain_tick(void *arg)
{
	struct life *life = arg;
	const struct options *options = life->service.options;
	int64_t passed = clock_mono_ms() - life->drain_ms;
	int64_t least = life->hurry || !life->address ? 0 : options_int(options, "drain_least");
	bool quiet = http_active(life->http) == 0 &&
		     (life->hurry || http_quiet_ms(life->http) >= DRAIN_QUIET_MS);

	if ((passed >= least && quiet) || passed >= options_int(options, "drain_most"))
		loop_stop(life->service.loop);
}

static void on_terminate(void *arg)
{
	struct life *life = arg;

	if (life->drain_ms) {
		life->hurry = true;
		return;
	}
	log_info("draining");
	life->drain_ms = clock_mono_ms();
	health_set_draining();
	http_drain(life->http);
	if (life->announced)
		registry_leave(life->service.registry);
	loop_timer_add(life->service.loop, 1, DRAIN_TICK_MS, on_drain_tick, life);
}

/* --- all of it -------------------------------------------------------------------------------- */

/* drain_most is over: what still waits (for a database that hangs, for a client that stalls) ends as
 * if we had been killed, which everything here is made for. */
static void give_up(const struct life *life)
{
	log_warn("%d requests were not finished within drain_most", http_active(life->http));
	_exit(1);
}

static void close_all(struct life *life)
{
	struct service *service = &life->service;

	if (service->daemon->stop)
		service->daemon->stop(service);
	schema_check_stop(life->schema_check);
	tasks_stop(life->tasks);
	background_close(service);
	http_free(take_ptr(service->http));
	peers_close(service->peers);
	keys_stop(service->keys);
	registry_close(service->registry);
	bus_close(service->bus);
	db_close(service->db);
	verifier_free(service->verifier);
	route_table_free(life->table);
	loop_free(service->loop);
	options_free(service->options);
	free(life->address);
	free(life->direct_address);
	free(life->gateway_secret);
}

static void role_take(struct life *life)
{
	const char *role = options_str(life->service.options, "role");

	life->serves = str_eq(role, "serve") || str_eq(role, "all");
	life->works = str_eq(role, "work") || str_eq(role, "all");
	if (!life->serves && !life->works)
		die("role must be serve, work or all, not %s", role);
}

int daemon_run(const struct daemon *daemon, struct options *options, const char *instance)
{
	struct life life = { .service = {
				     .daemon = daemon, .options = options, .instance = instance } };
	struct service *service = &life.service;
	char *error;

	role_take(&life);
	service->loop = loop_new();
	signal(SIGPIPE, SIG_IGN);
	loop_on_signal(service->loop, SIGTERM, on_terminate, &life);
	loop_on_signal(service->loop, SIGINT, on_terminate, &life);
	open_table(&life);
	if (daemon->start && !daemon->start(service, &error))
		die("%s", error);
	service->verifier = verifier_new(options_str(options, "issuer"));
	open_database(&life);
	service->bus = bus_open(options, instance);
	service->registry = registry_open(service->loop, service->bus);
	service->keys = keys_start(service, on_keys, &life);
	if (daemon->calls_peers)
		service->peers = peers_open(service);
	open_http(&life);
	metrics_register(service_metrics, service);
	if (service->db)
		life.schema_check = schema_check_start(service->loop, daemon, life.table,
						       options_str(options, "database_url"),
						       on_schema_fits, &life);
	life.ready_timer = loop_timer_add(service->loop, 1, DRAIN_TICK_MS, on_ready_tick, &life);
	loop_run(service->loop);
	if (http_active(life.http) > 0)
		give_up(&life);
	close_all(&life);
	log_info("ended");
	return 0;
}
