/* lib/registry and lib/events/bus, with a NATS server of their own. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/base/options.h"
#include "lib/base/str.h"
#include "lib/events/bus.h"
#include "lib/loop/loop.h"
#include "lib/registry/announcement.h"
#include "lib/registry/registry.h"

#define BEAT_MS    100
#define PATIENCE_S 120 /* for what never comes; much comes late on a slow machine */

extern char **environ;

struct server {
	int port;
	pid_t pid;
	char url[64], password_file[64];
};

static struct server server;

static struct sockaddr_in loopback(int port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons((uint16_t)port),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static bool is_free(int port)
{
	struct sockaddr_in address = loopback(port);
	int fd scoped(scoped_close) = socket(AF_INET, SOCK_STREAM, 0);

	return bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
}

/* Below those that the system gives to whoever asks for any: the server comes back to it. */
static int free_port(void)
{
	for (int i = 0; i < 6000; i++) {
		int port = 13000 + (int)((getpid() + i) % 6000);

		if (is_free(port))
			return port;
	}
	fail_msg("no port is free");
	return 0;
}

static bool answers(int port)
{
	struct sockaddr_in address = loopback(port);
	int fd scoped(scoped_close) = socket(AF_INET, SOCK_STREAM, 0);

	return connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
}

/* Before looking again for a condition. */
static void pause_ms(int ms)
{
	poll(NULL, 0, ms);
}

static void server_start(const char *password)
{
	posix_spawn_file_actions_t quiet;
	char port[16];
	const char *const argv[] = { "nats-server", "-a",   "127.0.0.1", "-p",     port,
				     "--user",      "test", "--pass",    password, NULL };

	snprintf(port, sizeof(port), "%d", server.port);
	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	assert_int_equal(
		posix_spawnp(&server.pid, argv[0], &quiet, NULL, (char *const *)argv, environ), 0);
	posix_spawn_file_actions_destroy(&quiet);
	for (int i = 0; !answers(server.port); i++) {
		assert_true(i < PATIENCE_S * 100);
		pause_ms(10);
	}
}

static void server_stop(void)
{
	kill(server.pid, SIGKILL);
	waitpid(server.pid, NULL, 0);
}

static int setup(void **state)
{
	int fd;

	(void)state;
	server.port = free_port();
	snprintf(server.url, sizeof(server.url), "nats://127.0.0.1:%d", server.port);
	snprintf(server.password_file, sizeof(server.password_file), "/tmp/ecom-test.XXXXXX");
	fd = mkstemp(server.password_file);
	assert_true(fd >= 0);
	close(fd);
	assert_true(file_write_text(server.password_file, "secret\n", 0600));
	server_start("secret");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	server_stop();
	unlink(server.password_file);
	return 0;
}

/* One process of the system: its connection and registry; they share the test's loop. */
struct node {
	struct bus *bus;
	struct registry *registry;
	/* What its watch has seen last, and how often anything. */
	enum instance_state state;
	char address[81];
	int calls;
};

static struct bus *connect_bus(void)
{
	const struct option *const tables[] = { bus_options, NULL };
	char *error = NULL;
	struct options *options = options_load("test", tables, NULL, &error);
	struct bus *bus;

	assert_non_null(options);
	options_set(options, "nats_url", server.url);
	options_set(options, "nats_user", "test");
	options_set(options, "nats_password_file", server.password_file);
	bus = bus_open(options, "test");
	options_free(options);
	return bus;
}

static void node_open(struct node *node, struct loop *loop)
{
	*node = (struct node){ .bus = connect_bus() };
	node->registry = registry_open(loop, node->bus);
	registry_set_beat(node->registry, BEAT_MS);
}

static void node_close(struct node *node)
{
	registry_close(node->registry);
	bus_close(node->bus);
	*node = (struct node){ 0 };
}

static void seen(void *arg, const struct instance *instance)
{
	struct node *node = arg;

	node->state = instance->state;
	snprintf(node->address, sizeof(node->address), "%s", instance->address);
	node->calls++;
}

/* Runs the loop until a node's watch has seen the state, or for so long. */
struct until {
	struct loop *loop;
	const struct node *node;
	enum instance_state state;
	unsigned int beats;
	int64_t deadline;
	bool met;
};

static void check(void *arg)
{
	struct until *until = arg;

	until->met = until->state ? until->node->state == until->state
				  : registry_beats(until->node->registry) >= until->beats;
	if (until->met || clock_mono_ms() > until->deadline)
		loop_stop(until->loop);
}

static bool run_until(struct until until, int ms)
{
	struct loop_timer *timer;

	until.deadline = clock_mono_ms() + ms;
	timer = loop_timer_add(until.loop, 0, 5, check, &until);
	loop_run(until.loop);
	loop_timer_remove(timer);
	return until.met;
}

static bool sees(struct loop *loop, const struct node *node, enum instance_state state)
{
	return run_until((struct until){ .loop = loop, .node = node, .state = state },
			 PATIENCE_S * 1000);
}

static const struct instance catalogd = {
	.service = "catalogd",
	.id = "catalogd-1",
	.version = "0.1.0",
	.address = "127.0.0.1:4001",
	.direct_address = "127.0.0.1:4002",
};

static void test_announcement(void **state)
{
	static const char good[] =
		"{\"service\":\"catalogd\",\"instance\":\"catalogd-1\",\"version\":\"0.1.0\","
		"\"address\":\"127.0.0.1:1\",\"direct_address\":\"[::1]:2\",\"state\":\"ready\"}";
	static const char *const bad[] = {
		"",
		"[]",
		"{}",
		"{\"service\":\"catalogd\",\"instance\":\"catalogd-1\",\"version\":\"0.1.0\","
		"\"address\":\"127.0.0.1:1\",\"direct_address\":\"[::1]:2\",\"state\":\"x\"}",
		"{\"service\":\"catalogd\",\"instance\":\"catalogd-1\",\"version\":\"0.1.0\","
		"\"address\":\"127.0.0.1:99999\",\"direct_address\":\"[::1]:2\",\"state\":"
		"\"ready\"}",
		"{\"service\":\"catalogd\",\"instance\":\"catalogd-1\",\"version\":\"0.1.0\","
		"\"address\":\"127.0.0.1:1; shutdown\",\"direct_address\":\"[::1]:2\","
		"\"state\":\"ready\"}",
		"{\"service\":\"cata logd\",\"instance\":\"catalogd-1\",\"version\":\"0.1.0\","
		"\"address\":\"127.0.0.1:1\",\"direct_address\":\"[::1]:2\",\"state\":\"ready\"}",
	};
	const char *subject = "registry.catalogd.catalogd-1";
	struct announcement said;

	(void)state;
	assert_true(announcement_parse(subject, good, strlen(good), &said));
	assert_string_equal(said.instance.direct_address, "[::1]:2");
	assert_false(announcement_parse("registry.userd.userd-1", good, strlen(good), &said));
	for (size_t i = 0; i < array_size(bad); i++)
		assert_false(announcement_parse(subject, bad[i], strlen(bad[i]), &said));
}

static void test_life(void **state)
{
	struct loop *loop = loop_new();
	struct instance moved = catalogd;
	struct node watcher, instance;

	(void)state;
	node_open(&instance, loop);
	registry_announce(instance.registry, &catalogd);
	node_open(&watcher, loop);
	registry_watch(watcher.registry, NULL, seen, &watcher);
	assert_true(sees(loop, &watcher, INSTANCE_READY));
	assert_string_equal(watcher.address, "127.0.0.1:4001");
	assert_string_equal(registry_find(watcher.registry, "catalogd")->id, "catalogd-1");
	assert_null(registry_find(watcher.registry, "userd"));

	/* Nothing is told twice. */
	assert_true(run_until((struct until){ .loop = loop, .node = &watcher, .beats = 5 },
			      PATIENCE_S * 1000));
	assert_int_equal(watcher.calls, 1);

	moved.address = "127.0.0.1:4003";
	registry_announce(instance.registry, &moved);
	watcher.state = 0;
	assert_true(sees(loop, &watcher, INSTANCE_READY));
	assert_string_equal(watcher.address, "127.0.0.1:4003");

	registry_leave(instance.registry);
	assert_true(sees(loop, &watcher, INSTANCE_LEAVING));
	assert_null(registry_find(watcher.registry, "catalogd"));
	node_close(&instance);
	assert_true(sees(loop, &watcher, INSTANCE_GONE));
	node_close(&watcher);
	loop_free(loop);
}

static void test_newcomer_learns_at_once(void **state)
{
	struct loop *loop = loop_new();
	struct node watcher, instance;

	(void)state;
	node_open(&instance, loop);
	registry_set_beat(instance.registry, 6000000); /* so that only the question can help */
	registry_announce(instance.registry, &catalogd);
	node_open(&watcher, loop);
	registry_set_beat(watcher.registry, 6000000);
	registry_watch(watcher.registry, "catalogd", seen, &watcher);
	assert_true(sees(loop, &watcher, INSTANCE_READY));
	node_close(&watcher);
	node_close(&instance);
	loop_free(loop);
}

static void test_silence(void **state)
{
	struct loop *loop = loop_new();
	struct node watcher, instance;

	(void)state;
	node_open(&instance, loop);
	registry_announce(instance.registry, &catalogd);
	node_open(&watcher, loop);
	registry_watch(watcher.registry, "catalogd", seen, &watcher);
	assert_true(sees(loop, &watcher, INSTANCE_READY));

	/* A stopped NATS says nothing about anybody: twenty beats of silence drop nobody. */
	kill(server.pid, SIGSTOP);
	assert_false(
		run_until((struct until){ .loop = loop, .node = &watcher, .state = INSTANCE_GONE },
			  20 * BEAT_MS));
	kill(server.pid, SIGCONT);
	assert_false(
		run_until((struct until){ .loop = loop, .node = &watcher, .state = INSTANCE_GONE },
			  20 * BEAT_MS));

	/* Neither does one that was restarted. */
	server_stop();
	assert_false(
		run_until((struct until){ .loop = loop, .node = &watcher, .state = INSTANCE_GONE },
			  20 * BEAT_MS));
	server_start("secret");
	assert_true(run_until(
		(struct until){ .loop = loop, .node = &watcher, .beats = REGISTRY_SILENCE_MAX + 2 },
		PATIENCE_S * 1000));
	assert_int_equal(watcher.state, INSTANCE_READY);

	/* An instance that falls silent while NATS works is dropped. */
	registry_set_beat(instance.registry, 600000);
	assert_true(sees(loop, &watcher, INSTANCE_GONE));
	node_close(&watcher);
	node_close(&instance);
	loop_free(loop);
}

struct reply {
	struct loop_wakeup *wakeup;
	struct loop *loop;
	char text[1024];
};

static void on_reply(void *arg, const char *subject, const char *reply_to, const char *data,
		     size_t len)
{
	struct reply *reply = arg;

	(void)subject;
	(void)reply_to;
	snprintf(reply->text, sizeof(reply->text), "%.*s", (int)len, data);
	loop_wake(reply->wakeup);
}

static void replied(void *arg)
{
	struct reply *reply = arg;

	loop_stop(reply->loop);
}

static void test_services_protocol(void **state)
{
	struct loop *loop = loop_new();
	struct node instance;
	natsConnection *connection = NULL;
	natsOptions *options = NULL;
	natsMsg *message = NULL;
	const char *error;
	json_t *json;

	(void)state;
	node_open(&instance, loop);
	registry_announce(instance.registry, &catalogd);
	natsOptions_Create(&options);
	natsOptions_SetURL(options, server.url);
	natsOptions_SetUserInfo(options, "test", "secret");
	assert_int_equal(natsConnection_Connect(&connection, options), NATS_OK);
	/* Until the subscription has arrived there is nobody to answer. */
	for (int i = 0; natsConnection_RequestString(&message, connection, "$SRV.STATS.catalogd",
						     "", 5000) != NATS_OK;
	     i++) {
		assert_true(i < PATIENCE_S * 100);
		pause_ms(10);
	}
	json = json_parse(natsMsg_GetData(message), (size_t)natsMsg_GetDataLength(message), &error);
	assert_string_equal(json_get_string(json, "type", ""), "io.nats.micro.v1.stats_response");
	assert_string_equal(json_get_string(json, "name", ""), "catalogd");
	assert_string_equal(json_get_string(json_object_get(json, "metadata"), "instance", ""),
			    "catalogd-1");
	json_decref(json);
	natsMsg_Destroy(message);
	natsConnection_Destroy(connection);
	natsOptions_Destroy(options);
	node_close(&instance);
	loop_free(loop);
}

/* libnats gives up when credentials are refused twice; the bus must not. */
static void test_refused_credentials(void **state)
{
	struct loop *loop = loop_new();
	struct reply reply = { .loop = loop };
	struct bus_subscription *subscription;
	struct bus *bus;

	(void)state;
	assert_true(file_write_text(server.password_file, "wrong\n", 0600));
	bus = connect_bus();
	reply.wakeup = loop_wakeup_add(loop, replied, &reply);
	subscription = bus_subscribe(bus, "test.hello", on_reply, &reply);
	assert_false(bus_publish(bus, "test.hello", "lost"));
	pause_ms(1000); /* long enough for libnats to be refused twice */
	assert_false(bus_is_connected(bus));
	assert_true(file_write_text(server.password_file, "secret\n", 0600));
	for (int i = 0; !bus_publish(bus, "test.hello", "heard"); i++) {
		assert_true(i < PATIENCE_S * 100);
		pause_ms(10);
	}
	loop_run(loop);
	assert_string_equal(reply.text, "heard");
	bus_unsubscribe(subscription);
	bus_close(bus);
	loop_wakeup_remove(reply.wakeup);
	loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_announcement),
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_newcomer_learns_at_once),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_services_protocol),
		cmocka_unit_test(test_refused_credentials),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
