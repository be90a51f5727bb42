/* daemons/userd: refresh tokens and what seals their successors, common passwords, the route table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemons/userd/common_password.h"
#include "daemons/userd/refresh_token.h"
#include "daemons/userd/userd.h"
#include "lib/base/str.h"

static void test_refresh_tokens(void **state)
{
	struct refresh_token made, again, taken;

	(void)state;
	refresh_token_make(&made);
	refresh_token_make(&again);
	assert_string_not_equal(made.text, again.text);
	assert_true(str_has_prefix(made.text, REFRESH_TOKEN_PREFIX));
	assert_int_equal(strlen(made.text), REFRESH_TOKEN_SIZE - 1);
	assert_true(refresh_token_take(made.text, &taken));
	assert_string_equal(taken.hash, made.hash);
	assert_false(refresh_token_take("", &taken));
	assert_false(refresh_token_take(REFRESH_TOKEN_PREFIX, &taken));
	assert_false(refresh_token_take("ecom_rt_0123456789012345678901234567890123456789012x"
					"y",
					&taken));
	assert_false(
		refresh_token_take("ecom_cs_6ehqQc1-LWRpZFDF-wFFtn7S127ntRkNbpx0jOO0oF4", &taken));
}

static void test_successor_opens_with_its_parent_only(void **state)
{
	char sealed[REFRESH_TOKEN_SEALED_SIZE], again[REFRESH_TOKEN_SEALED_SIZE];
	struct refresh_token parent, successor, stranger, opened;

	(void)state;
	refresh_token_make(&parent);
	refresh_token_make(&successor);
	refresh_token_make(&stranger);
	refresh_token_seal(&successor, &parent, sealed);
	refresh_token_seal(&successor, &parent, again);
	assert_string_not_equal(sealed, again);
	assert_true(refresh_token_unseal(sealed, &parent, &opened));
	assert_string_equal(opened.text, successor.text);
	assert_string_equal(opened.hash, successor.hash);
	assert_false(refresh_token_unseal(sealed, &stranger, &opened));
	assert_false(refresh_token_unseal(sealed, &successor, &opened));
	assert_false(refresh_token_unseal("", &parent, &opened));
	assert_false(refresh_token_unseal("zz", &parent, &opened));
	sealed[60] = sealed[60] == '0' ? '1' : '0';
	assert_false(refresh_token_unseal(sealed, &parent, &opened));
}

static void test_common_passwords(void **state)
{
	(void)state;
	assert_true(password_is_common("password", "a@example.com"));
	assert_true(password_is_common("PassWord1", "a@example.com"));
	assert_true(password_is_common("xxxxxxxxxxxx", "a@example.com"));
	assert_true(password_is_common("A@Example.com", "a@example.com"));
	assert_false(password_is_common("correct horse", "a@example.com"));
	assert_false(password_is_common("passwordpasswordpassword", "a@example.com"));
}

static void test_routes_bind_to_their_statements(void **state)
{
	const struct route *const tables[] = { userd_routes, NULL };
	char *error = NULL;
	struct route_table *table = route_table_make(tables, &error);

	(void)state;
	if (!table)
		fail_msg("%s", error);
	route_table_free(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refresh_tokens),
		cmocka_unit_test(test_successor_opens_with_its_parent_only),
		cmocka_unit_test(test_common_passwords),
		cmocka_unit_test(test_routes_bind_to_their_statements),
	};

	return cmocka_run_group_tests_name("userd", tests, NULL, NULL);
}
