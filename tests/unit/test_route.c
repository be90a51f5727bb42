/* lib/http: route tables are checked when they are made, and searched by path. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/http/exchange.h"
#include "lib/http/problem.h"
#include "lib/http/request.h"

static const struct statement by_id = { "by_id", "SELECT $1", 1, { "id" } };
static const struct statement unknown = { "unknown", "SELECT $1", 1, { "nobody" } };
static const struct statement with_body = {
	"with_body", "SELECT $1, $2, $3, $4", 4, { "body", "sku", "count", "subject" }
};
static const struct statement with_key = { "with_key", "SELECT $1", 1, { "idempotency_key" } };

static const struct field rules[] = {
	{ "sku", STRING }, { "count", INT }, { "id", STRING }, { 0 }
};

static void nothing(struct request *request)
{
	(void)request;
}

static struct route_table *make(const struct route *routes, char **error)
{
	const struct route *const tables[] = { routes, NULL };

	return route_table_make(tables, error);
}

static void assert_refused(const struct route *route, const char *why)
{
	const struct route routes[] = { *route, { 0 } };
	char *error = NULL;

	assert_null(make(routes, &error));
	if (!strstr(error, why))
		fail_msg("%s does not say: %s", error, why);
	free(error);
}

static void test_wrong_rows(void **state)
{
	(void)state;
	assert_refused(&(struct route){ GET, "/a", .handler = nothing }, "does not say .on");
	assert_refused(&(struct route){ GET, "/a", .on = SHOP }, "exactly one of");
	assert_refused(&(struct route){ GET, "/a", &by_id, .on = SHOP, .handler = nothing },
		       "exactly one of");
	assert_refused(&(struct route){ GET, "/a", &by_id, .on = SHOP },
		       ":id of by_id.sql has no source");
	assert_refused(&(struct route){ GET, "/a/{id}", &unknown, .on = SHOP }, "no source");
	assert_refused(&(struct route){ POST, "/a/{id}", &by_id, .on = SHOP, .body = rules },
		       "more than one source");
	assert_refused(&(struct route){ GET, "/a", .on = SHOP, .handler = nothing, .body = rules },
		       "has a .body on a read");
	assert_refused(&(struct route){ GET, "/a", .on = SHOP, .handler = nothing, .cache = 5,
					.token = true },
		       "not an anonymous read");
}

static void test_twice(void **state)
{
	const struct route routes[] = {
		{ GET, "/a", .on = SHOP | ADMIN, .handler = nothing },
		{ GET, "/a", .on = ADMIN, .handler = nothing },
		{ 0 },
	};
	const struct route variants[] = {
		{ GET, "/a", .on = SHOP, .handler = nothing },
		{ GET, "/a", .on = ADMIN, .handler = nothing },
		{ 0 },
	};
	char *error = NULL;
	struct route_table *table;
	struct route_match match;

	(void)state;
	assert_null(make(routes, &error));
	assert_non_null(strstr(error, "there twice"));
	free(error);
	table = make(variants, &error);
	assert_non_null(table);
	assert_true(route_find(table, ADMIN, GET, "/a", &match));
	assert_ptr_equal(match.entry->route, &variants[1]);
	assert_ptr_equal(match.entry->metrics, table->entries[0].metrics);
	assert_true(route_find(table, SHOP, GET, "/a", &match));
	assert_ptr_equal(match.entry->route, &variants[0]);
	route_table_free(table);
}

static void test_types(void **state)
{
	const struct route routes[] = {
		{ POST, "/a", &with_body, .on = SHOP, .body = rules },
		{ POST, "/b", &with_key, .on = SHOP },
		{ 0 },
	};
	char *error = NULL;
	struct route_table *table = make(routes, &error);
	const Oid *types;

	(void)state;
	assert_non_null(table);
	types = table->entries[0].statement.types;
	assert_int_equal(types[0], 3802);
	assert_int_equal(types[1], 25);
	assert_int_equal(types[2], 20);
	assert_int_equal(types[3], 25);
	assert_false(table->entries[0].writes_key);
	assert_true(table->entries[1].writes_key);
	route_table_free(table);
}

static void test_search(void **state)
{
	static const struct route routes[] = {
		{ GET, "/v1/products", .on = SHOP | ADMIN, .handler = nothing },
		{ POST, "/v1/products", .on = ADMIN, .handler = nothing },
		{ GET, "/v1/products/{sku}", .on = SHOP, .handler = nothing },
		{ GET, "/v1/a/{x}/b/{y}", .on = SHOP, .handler = nothing },
		{ 0 },
	};
	char *error = NULL;
	struct route_table *table = make(routes, &error);
	struct route_match match;

	(void)state;
	assert_true(route_find(table, SHOP, GET, "/v1/products", &match));
	assert_false(route_find(table, SHOP, POST, "/v1/products", &match));
	assert_int_equal(match.methods, 1u << GET);
	assert_true(route_find(table, ADMIN, POST, "/v1/products", &match));
	assert_false(route_find(table, INTERNAL, GET, "/v1/products", &match));
	assert_int_equal(match.methods, 0);
	assert_true(route_find(table, SHOP, GET, "/v1/products/A%2FB", &match));
	assert_int_equal(match.lengths[0], 5);
	assert_false(route_find(table, SHOP, GET, "/v1/products/", &match));
	assert_false(route_find(table, SHOP, GET, "/v1/products/A/", &match));
	assert_false(route_find(table, SHOP, GET, "/v1/productsX", &match));
	assert_false(route_find(table, SHOP, GET, "", &match));
	assert_true(route_find(table, SHOP, GET, "/v1/a/1/b/22", &match));
	assert_int_equal(match.lengths[1], 2);
	route_table_free(table);
}

static void test_problems_are_distinct(void **state)
{
	(void)state;
	for (size_t i = 0; problems[i]; i++) {
		assert_in_range(problems[i]->status, 400, 504);
		for (size_t j = i + 1; problems[j]; j++)
			assert_string_not_equal(problems[i]->code, problems[j]->code);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrong_rows),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_search),
		cmocka_unit_test(test_problems_are_distinct),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
