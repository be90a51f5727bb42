/* gatewayd: the template, the slots, what HAProxy tells about its servers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemons/gatewayd/server_state.h"
#include "daemons/gatewayd/slots.h"
#include "daemons/gatewayd/template.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"

#define HEAD "1\n# be_id be_name srv_id srv_name srv_addr ...\n"

/* A server as HAProxy 2.6 tells it: admin state, address, port, check address and port. */
#define SERVER(backend, name, admin, host, port, check_port, check_host)            \
	"3 " backend " 1 " name " " host " 2 " admin " 1 1 1 1 0 2 6 0 0 0 - " port \
	" - 0 " check_port " " check_host " - 0\n"

static void check_render(const char *text, const char *context, const char *expected)
{
	const char *why;
	json_t *json scoped(scoped_json) = json_parse(context, strlen(context), &why);
	char *error scoped(scoped_free) = NULL;
	char *out scoped(scoped_free) = template_render(text, json, &error);

	if (expected) {
		assert_non_null(out);
		assert_string_equal(out, expected);
	} else {
		assert_null(out);
		assert_non_null(error);
	}
}

static void test_template(void **state)
{
	(void)state;
	check_render("a {{x}} b {{n}}\n", "{\"x\":\"1\",\"n\":2}", "a 1 b 2\n");
	check_render("{{#l}}\n<{{x}}>\n{{/l}}\nend\n", "{\"l\":[{\"x\":\"1\"},{\"x\":\"2\"}]}",
		     "<1>\n<2>\nend\n");
	check_render("{{#l}}({{x}}{{y}}){{/l}}", "{\"y\":\"o\",\"l\":[{\"x\":\"1\"}]}", "(1o)");
	check_render("{{#l}}a{{/l}}{{^l}}none{{/l}}", "{\"l\":[]}", "none");
	check_render("{{#l}}a{{/l}}{{^l}}none{{/l}}", "{\"l\":false}", "none");
	check_render("{{#l}}{{x}}{{/l}}{{^l}}none{{/l}}", "{\"l\":{\"x\":\"1\"}}", "1");
	check_render("{{#a}}{{#a}}x{{/a}}{{/a}}", "{\"a\":true}", "x");
	/* A value cannot end its word or line. */
	check_render("{{x}}", "{\"x\":\"a\\nb\"}", NULL);
	check_render("{{x}}", "{\"x\":\"a\\\"b\"}", NULL);
	check_render("{{x}}", "{\"x\":\"a'b\"}", NULL);
	check_render("{{x}}", "{\"x\":\"a$b\"}", NULL);
}

static void test_endpoints(void **state)
{
	static const char *const bad[] = {
		"",      "127.0.0.1", ":80", "localhost:80", "127.0.0.1:0", "127.0.0.1:65536",
		"[::1]", "[x]:1"
	};
	struct endpoint endpoint;
	char text[64];

	(void)state;
	assert_true(endpoint_parse("127.0.0.1:80", &endpoint));
	assert_string_equal(endpoint.host, "127.0.0.1");
	assert_true(endpoint_parse("[2001:db8::1]:8080", &endpoint));
	assert_string_equal(endpoint.host, "2001:db8::1");
	endpoint_format(&endpoint, text, sizeof(text));
	assert_string_equal(text, "[2001:db8::1]:8080");
	for (size_t i = 0; i < array_size(bad); i++)
		assert_false(endpoint_parse(bad[i], &endpoint));
}

static void test_server_state(void **state)
{
	const char *text = HEAD SERVER("catalogd", "s1", "4", "10.0.0.1", "80", "81", "10.0.0.2")
		SERVER("catalogd", "s2", "5", "127.0.0.1", "9", "0", "-") "broken line\n";
	struct server_state server;

	(void)state;
	assert_true(server_state_next(&text, &server));
	assert_string_equal(server.backend, "catalogd");
	assert_string_equal(server.name, "s1");
	assert_false(server.is_maint); /* `disabled` in the file, enabled since */
	assert_int_equal(server.address.port, 80);
	assert_string_equal(server.check.host, "10.0.0.2");
	assert_true(server_state_next(&text, &server));
	assert_true(server.is_maint);
	assert_string_equal(server.check.host, "");
	assert_false(server_state_next(&text, &server));
}

static struct slots *make(void)
{
	return slots_new((const char *const[]){ "catalogd", "userd", NULL });
}

static bool see(struct slots *slots, const char *id, const char *address,
		enum instance_state instance_state)
{
	return slots_see(slots, &(struct instance){ .service = "catalogd",
						    .id = id,
						    .version = "1.0.0",
						    .address = address,
						    .direct_address = "127.0.0.1:5001",
						    .state = instance_state });
}

static void check_commands(const struct slots *slots, const char *server_states,
			   const char *expected)
{
	struct buf commands = BUF_INIT(0);
	bool any = slots_reconcile(slots, server_states, &commands);
	char *text scoped(scoped_free) = buf_steal(&commands);

	assert_string_equal(text, expected);
	assert_int_equal(any, *expected != '\0');
}

static void test_slots(void **state)
{
	static const char all_free[] =
		HEAD SERVER("catalogd", "s1", "5", "127.0.0.1", "9", "9", "127.0.0.1")
			SERVER("catalogd", "s2", "5", "127.0.0.1", "9", "9", "127.0.0.1");
	static const char in_use[] =
		HEAD SERVER("catalogd", "s1", "4", "127.0.0.1", "4001", "5001", "127.0.0.1")
			SERVER("catalogd", "s2", "5", "127.0.0.1", "9", "9", "127.0.0.1");
	struct slots *slots = make();

	(void)state;
	check_commands(slots, all_free, "");
	assert_true(see(slots, "catalogd-1", "127.0.0.1:4001", INSTANCE_READY));
	assert_false(see(slots, "catalogd-1", "127.0.0.1:4001", INSTANCE_READY));
	check_commands(slots, all_free,
		       "set server catalogd/s1 addr 127.0.0.1 port 4001;"
		       "set server catalogd/s1 check-addr 127.0.0.1 port 5001;"
		       "set server catalogd/s1 state ready");
	check_commands(slots, in_use, "");
	assert_true(see(slots, "catalogd-1", "127.0.0.1:4001", INSTANCE_LEAVING));
	check_commands(slots, in_use, "set server catalogd/s1 state drain");
	assert_true(see(slots, "catalogd-1", "127.0.0.1:4001", INSTANCE_GONE));
	check_commands(slots, in_use, "set server catalogd/s1 state maint");
	assert_false(see(slots, "catalogd-9", "127.0.0.1:4009", INSTANCE_LEAVING));
	assert_false(see(slots, "catalogd-9", "not-an-ip:4009", INSTANCE_READY));
	slots_free(slots);
}

/* A restarted gatewayd finds servers that it did not put there. */
static void test_adoption(void **state)
{
	static const char running[] =
		HEAD SERVER("catalogd", "s1", "4", "127.0.0.1", "4001", "5001", "127.0.0.1")
			SERVER("catalogd", "s2", "4", "127.0.0.1", "4002", "5001", "127.0.0.1");
	struct slots *slots = make();

	(void)state;
	slots_adopt(slots, running);
	check_commands(slots, running, "");
	assert_int_equal(slots_used(slots, "catalogd"), 2);
	assert_true(see(slots, "catalogd-2", "127.0.0.1:4002", INSTANCE_READY));
	check_commands(slots, running, ""); /* it claimed the slot that it has */
	assert_true(slots_drop_unknown(slots));
	check_commands(slots, running, "set server catalogd/s1 state maint");
	slots_free(slots);
}

static void test_disk(void **state)
{
	struct slots *slots = make(), *restored = make();
	json_t *json;
	json_t *again;

	(void)state;
	see(slots, "catalogd-1", "127.0.0.1:4001", INSTANCE_READY);
	json = slots_json(slots, false);
	slots_load(restored, json);
	again = slots_json(restored, false);
	assert_true(json_equal(json, again));
	assert_int_equal(slots_used(restored, "catalogd"), 1);
	json_decref(again);
	again = slots_json(restored, true);
	assert_false(json_equal(json, again));
	json_decref(again);
	json_decref(json);
	slots_free(slots);
	slots_free(restored);
}

static void test_full(void **state)
{
	struct slots *slots = make();
	char id[32], address[32];

	(void)state;
	for (int i = 1; i <= SLOTS_PER_SERVICE + 1; i++) {
		snprintf(id, sizeof(id), "catalogd-%d", i);
		snprintf(address, sizeof(address), "127.0.0.1:%d", 4000 + i);
		assert_int_equal(see(slots, id, address, INSTANCE_READY), i <= SLOTS_PER_SERVICE);
	}
	slots_free(slots);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_template),     cmocka_unit_test(test_endpoints),
		cmocka_unit_test(test_server_state), cmocka_unit_test(test_slots),
		cmocka_unit_test(test_adoption),     cmocka_unit_test(test_disk),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
