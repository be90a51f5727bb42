/* lib/auth/webhook_sign and daemons/notifyd/webhook_*: signatures, URLs, addresses that are not for us. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>
#include <sodium.h>

#include "daemons/notifyd/webhook_address.h"
#include "daemons/notifyd/webhook_url.h"
#include "lib/auth/webhook_sign.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define SIGNED "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

/* The example of the standard's own libraries. */
static void test_the_standards_vector(void **state)
{
	char *signature scoped(scoped_free) = webhook_sign(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek",
							   1614265330, "{\"test\": 2432232314}");

	(void)state;
	assert_string_equal(signature, SIGNED);
}

static void test_several_secrets(void **state)
{
	char two[2 * WEBHOOK_SECRET_SIZE + 64], other[WEBHOOK_SECRET_SIZE];
	char *signature scoped(scoped_free) = NULL;
	char *first scoped(scoped_free) = NULL;

	(void)state;
	webhook_secret_make(other);
	assert_true(str_has_prefix(other, "whsec_"));
	assert_int_equal(strlen(other), 6 + 44);
	snprintf(two, sizeof(two), "%s whsec_tooshort %s", other, SECRET);
	signature = webhook_sign(two, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
				 "{\"test\": 2432232314}");
	first = webhook_sign(other, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
			     "{\"test\": 2432232314}");
	assert_int_equal(strlen(signature), strlen(first) + 1 + strlen(SIGNED));
	assert_memory_equal(signature, first, strlen(first));
	assert_string_equal(signature + strlen(first) + 1, SIGNED);
}

static void test_no_secret(void **state)
{
	static const char *const texts[] = { "",
					     "whsec_",
					     "whsec_MfKQ9r8GKYqr",
					     "secret",
					     "whsec_!",
					     " ",
					     "WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" };

	(void)state;
	for (size_t i = 0; i < array_size(texts); i++)
		assert_null(webhook_sign(texts[i], "id", 1, "{}"));
}

static bool is_allowed(const char *text, bool tls)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
		return webhook_address_is_allowed((const struct sockaddr *)&v4, tls);
	assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
	return webhook_address_is_allowed((const struct sockaddr *)&v6, tls);
}

static void open_with(const char *const *networks)
{
	char *error = NULL;

	assert_true(webhook_address_open(networks, &error));
	assert_null(error);
}

static void test_closed_addresses(void **state)
{
	static const char *const closed[] = {
		"0.0.0.0",
		"0.255.255.255",
		"10.0.0.0",
		"10.255.255.255",
		"100.64.0.0",
		"100.127.255.255",
		"127.0.0.1",
		"127.255.255.255",
		"169.254.169.254",
		"172.16.0.0",
		"172.31.255.255",
		"192.0.0.1",
		"192.0.2.1",
		"192.88.99.1",
		"192.168.0.1",
		"192.168.255.255",
		"198.18.0.1",
		"198.19.255.255",
		"198.51.100.1",
		"203.0.113.1",
		"224.0.0.1",
		"239.255.255.255",
		"240.0.0.1",
		"255.255.255.255",
		"::",
		"::1",
		"::ffff:127.0.0.1",
		"::ffff:10.1.2.3",
		"::ffff:169.254.169.254",
		"::127.0.0.1",
		"fe80::1",
		"febf::1",
		"fec0::1",
		"fc00::1",
		"fd00:ec2::254",
		"fdff::1",
		"ff02::1",
		"64:ff9b::7f00:1",
		"64:ff9b:1::1",
		"100::1",
		"2001::1",
		"2001:1ff::1",
		"2001:db8::1",
		"2002:7f00:1::",
		"3fff::1",
		"4000::1",
		"5f00::1",
	};
	static const char *const open[] = {
		"1.1.1.1",
		"9.255.255.255",
		"11.0.0.0",
		"93.184.216.34",
		"100.63.255.255",
		"100.128.0.0",
		"126.255.255.255",
		"128.0.0.1",
		"172.15.255.255",
		"172.32.0.0",
		"192.167.255.255",
		"192.169.0.0",
		"223.255.255.255",
		"::ffff:1.1.1.1",
		"2606:4700:4700::1111",
		"2a00:1450::1",
		"2001:4860:4860::8888",
		"2003::1",
	};

	(void)state;
	open_with(NULL);
	for (size_t i = 0; i < array_size(closed); i++) {
		if (is_allowed(closed[i], true) || is_allowed(closed[i], false))
			fail_msg("%s is allowed", closed[i]);
	}
	for (size_t i = 0; i < array_size(open); i++) {
		if (!is_allowed(open[i], true) || is_allowed(open[i], false))
			fail_msg("%s is not allowed, or without TLS", open[i]);
	}
	assert_false(webhook_address_is_allowed(&(struct sockaddr){ .sa_family = AF_UNIX }, true));
}

static void test_allowed_networks(void **state)
{
	static const char *const networks[] = { "10.1.0.0/15", "fd00::/8", "127.0.0.1",
						"1.2.3.4/32", NULL };

	(void)state;
	open_with(networks);
	assert_true(webhook_address_has_allowed());
	assert_true(is_allowed("10.0.0.1", false)); /* the bits behind the 15th do not count */
	assert_true(is_allowed("10.1.255.255", false));
	assert_true(is_allowed("::ffff:10.1.0.1", false));
	assert_false(is_allowed("10.2.0.0", true));
	assert_true(is_allowed("fd12::1", false));
	assert_false(is_allowed("fc12::1", true));
	assert_true(is_allowed("127.0.0.1", false));
	assert_false(is_allowed("127.0.0.2", true));
	assert_true(is_allowed("1.2.3.4", false));
	assert_false(is_allowed("1.2.3.5", false));
}

static void test_bad_networks(void **state)
{
	static const char *const bad[] = {
		"",          "x",  "10.0.0.0/33",  "10.0.0.0/-1", "::/129", "10.0.0/8",
		"10.0.0.0/", "/8", "10.0.0.0/8/8", "localhost",   "[::1]"
	};

	(void)state;
	for (size_t i = 0; i < array_size(bad); i++) {
		const char *const networks[] = { "10.0.0.0/8", bad[i], NULL };
		char *error scoped(scoped_free) = NULL;

		assert_false(webhook_address_open(networks, &error));
		assert_non_null(strstr(error, "webhook_allow"));
	}
}

static void test_urls(void **state)
{
	static const char *const bad[] = {
		"",
		"x",
		"example.com",
		"ftp://example.com/",
		"file:///etc/passwd",
		"gopher://example.com/",
		"http://example.com/",
		"https://",
		"https://a:b@example.com/",
		"https://a@example.com/",
		"https://127.0.0.1/",
		"https://127.1/",
		"https://2130706433/",
		"https://0x7f000001/",
		"https://017700000001/",
		"https://[::1]/",
		"https://[::ffff:10.0.0.1]:443/",
		"https://[fe80::1%25eth0]/",
		"https://10.0.0.1:8443/",
		"https://example.com/#x",
		"https://exa mple.com/",
		"https://example.com/\n",
		"https://example.com\\@10.0.0.1/",
		"https://ex\xc3\xa4mple.com/",
		"https://example.com:99999/",
		"//example.com/",
	};
	static const char *const good[] = {
		"https://example.com",
		"https://example.com/",
		"HTTPS://EXAMPLE.com:8443/a?b=c@d",
		"https://1.1.1.1/x",
		"https://[2606:4700::1]/",
		"https://xn--exmple-cua.com/a%20b",
	};

	(void)state;
	open_with(NULL);
	for (size_t i = 0; i < array_size(bad); i++) {
		if (!webhook_url_fault(bad[i]))
			fail_msg("%s is allowed", bad[i]);
	}
	for (size_t i = 0; i < array_size(good); i++) {
		if (webhook_url_fault(good[i]))
			fail_msg("%s: %s", good[i], webhook_url_fault(good[i]));
		assert_true(webhook_url_is_tls(good[i]));
	}
	open_with((const char *const[]){ "10.0.0.0/8", NULL });
	assert_null(webhook_url_fault("http://10.1.2.3:8080/x"));
	assert_null(webhook_url_fault("http://erp.internal/x")); /* judged when it is resolved */
	assert_non_null(webhook_url_fault("http://11.1.2.3/x"));
}

static int start(void **state)
{
	(void)state;
	return sodium_init() < 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_standards_vector),
		cmocka_unit_test(test_several_secrets),
		cmocka_unit_test(test_no_secret),
		cmocka_unit_test(test_closed_addresses),
		cmocka_unit_test(test_allowed_networks),
		cmocka_unit_test(test_bad_networks),
		cmocka_unit_test(test_urls),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
