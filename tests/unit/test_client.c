/* lib/client: contexts and credentials on disk, paths, calls against a small HTTP server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <microhttpd.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/json.h"
#include "lib/base/str.h"
#include "lib/client/api.h"
#include "lib/client/token.h"

/* --- the double ------------------------------------------------------------------------------ */

/* What it saw, and what it is to answer with. */
static struct {
	struct MHD_Daemon *daemon;
	char url[64];
	int failures; /* that many 503 before /flaky succeeds */
	int calls, grants;
	char key[128], first_key[128], match[32], authorization[256];
	struct buf body;
	char grant[256]; /* body of the last token request */
	bool refuse_grants;
	char token[32];
} server;

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned int status,
			      const char *type, const char *text)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
		strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result;

	MHD_add_response_header(response, "Content-Type", type);
	MHD_add_response_header(response, "X-Request-Id", "req-1");
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static void copy_header(struct MHD_Connection *connection, const char *name, char *out, size_t size)
{
	const char *value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);

	snprintf(out, size, "%s", value ? value : "");
}

static enum MHD_Result answer_token(struct MHD_Connection *connection)
{
	char text[160];

	snprintf(server.grant, sizeof(server.grant), "%s",
		 server.body.data ? server.body.data : "");
	if (server.refuse_grants)
		return answer(connection, 400, "application/problem+json",
			      "{\"code\":\"invalid_grant\",\"title\":\"No\",\"error\":\"invalid_"
			      "grant\"}");
	snprintf(server.token, sizeof(server.token), "token-%d", ++server.grants);
	snprintf(text, sizeof(text),
		 "{\"access_token\":\"%s\",\"expires_in\":900,\"refresh_token\":\"refresh-%d\"}",
		 server.token, server.grants);
	return answer(connection, 200, "application/json", text);
}

static enum MHD_Result answer_page(struct MHD_Connection *connection)
{
	const char *after = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "after");

	if (!after)
		return answer(connection, 200, "application/json",
			      "{\"data\":[{\"n\":1},{\"n\":2}],\"next\":\"a b\"}");
	assert_string_equal(after, "a b");
	return answer(connection, 200, "application/json", "{\"data\":[{\"n\":3}],\"next\":null}");
}

static enum MHD_Result answer_guarded(struct MHD_Connection *connection)
{
	char expected[64];

	snprintf(expected, sizeof(expected), "Bearer %s", server.token);
	if (!str_eq(server.authorization, expected))
		return answer(connection, 401, "application/problem+json",
			      "{\"code\":\"invalid_token\",\"title\":\"Token is not valid\"}");
	return answer(connection, 200, "application/json", "{\"ok\":true}");
}

static enum MHD_Result route(struct MHD_Connection *connection, const char *path)
{
	if (str_eq(path, "/oauth/token"))
		return answer_token(connection);
	if (str_eq(path, "/pages"))
		return answer_page(connection);
	if (str_eq(path, "/guarded"))
		return answer_guarded(connection);
	if (str_eq(path, "/flaky") && server.failures-- > 0)
		return answer(connection, 503, "application/problem+json",
			      "{\"code\":\"unavailable\",\"title\":\"Later\"}");
	if (str_eq(path, "/conflict"))
		return answer(
			connection, 409, "application/problem+json",
			"{\"type\":\"/problems/sku_taken\",\"title\":\"Taken\",\"status\":409,"
			"\"detail\":\"SKU A is taken\",\"hint\":\"another SKU\"}");
	if (str_eq(path, "/garbage"))
		return answer(connection, 200, "application/json", "{\"a\":");
	return answer(connection, 200, "application/json", "{\"ok\":true}");
}

static enum MHD_Result handle(void *data, struct MHD_Connection *connection, const char *path,
			      const char *method, const char *version, const char *upload,
			      size_t *upload_size, void **state)
{
	(void)data;
	(void)method;
	(void)version;
	if (!*state) {
		*state = &server;
		buf_clear(&server.body);
		return MHD_YES;
	}
	if (*upload_size) {
		buf_add(&server.body, upload, *upload_size);
		*upload_size = 0;
		return MHD_YES;
	}
	server.calls++;
	copy_header(connection, "Idempotency-Key", server.key, sizeof(server.key));
	if (server.calls == 1)
		snprintf(server.first_key, sizeof(server.first_key), "%s", server.key);
	copy_header(connection, "If-Match", server.match, sizeof(server.match));
	copy_header(connection, "Authorization", server.authorization,
		    sizeof(server.authorization));
	return route(connection, path);
}

/* --- the scratch folder ---------------------------------------------------------------------- */

static char folder[] = "/tmp/ecom-test-client-XXXXXX";

static int start(void **state)
{
	const union MHD_DaemonInfo *info;

	(void)state;
	if (!mkdtemp(folder))
		return -1;
	setenv("XDG_CONFIG_HOME", folder, 1);
	setenv("XDG_STATE_HOME", folder, 1);
	server.daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, handle,
					 NULL, MHD_OPTION_END);
	if (!server.daemon)
		return -1;
	info = MHD_get_daemon_info(server.daemon, MHD_DAEMON_INFO_BIND_PORT);
	snprintf(server.url, sizeof(server.url), "http://127.0.0.1:%d/", info->port);
	return 0;
}

static int stop(void **state)
{
	static const char *const names[] = { "config.yaml", "config.yaml.lock", "credentials.json",
					     "credentials.json.lock", "" };

	(void)state;
	MHD_stop_daemon(server.daemon);
	buf_free(&server.body);
	for (size_t i = 0; i < array_size(names); i++) {
		char *path scoped(scoped_free) = xasprintf("%s/ecomctl/%s", folder, names[i]);

		remove(path);
	}
	return rmdir(folder);
}

/* Before each test: nothing stored, nothing seen. */
static int reset(void **state)
{
	char *config scoped(scoped_free) = context_config_path();
	char *credentials scoped(scoped_free) = context_credentials_path();

	(void)state;
	unlink(config);
	unlink(credentials);
	server.calls = server.grants = server.failures = 0;
	server.refuse_grants = false;
	snprintf(server.token, sizeof(server.token), "none");
	return 0;
}

static struct api *open_api(void)
{
	return api_open(
		&(struct context){ .name = (char *)(uintptr_t) "test", .server = server.url });
}

static void store_secret(void)
{
	char *error = NULL;

	assert_true(credential_store("test",
				     &(struct credential){
					     .client_id = (char *)(uintptr_t) "admin",
					     .client_secret = (char *)(uintptr_t) "s3cret",
				     },
				     &error));
}

/* --- contexts -------------------------------------------------------------------------------- */

static void store(const char *name, const char *state_folder)
{
	char *error = NULL;

	assert_true(context_store(&(struct context){ .name = (char *)(uintptr_t)name,
						     .server = server.url,
						     .state = (char *)(uintptr_t)state_folder,
						     .guarded = true },
				  NULL, &error));
}

static void load(struct contexts *contexts)
{
	char *error = NULL, *warning = NULL;

	assert_true(contexts_load(contexts, &error, &warning));
	assert_null(warning);
}

static void test_contexts(void **state)
{
	struct contexts contexts;
	char *error = NULL;

	(void)state;
	load(&contexts);
	assert_int_equal(contexts.count, 0);
	store("local", "/var/lib/ecom: true #x");
	store("prod", NULL);
	load(&contexts);
	assert_int_equal(contexts.count, 2);
	assert_string_equal(contexts.current, "local");
	assert_string_equal(contexts_find(&contexts, NULL)->state, "/var/lib/ecom: true #x");
	assert_true(contexts_find(&contexts, "prod")->guarded);
	assert_false(contexts_find(&contexts, "prod")->readonly);
	contexts_free(&contexts);

	assert_true(context_use("prod", &error));
	assert_true(context_rename("prod", "production", &error));
	assert_false(context_rename("production", "local", &error));
	free(take_ptr(error));
	assert_false(context_use("nowhere", &error));
	free(take_ptr(error));
	load(&contexts);
	assert_string_equal(contexts.current, "production");
	contexts_free(&contexts);
	assert_true(context_delete("production", &error));
	load(&contexts);
	assert_int_equal(contexts.count, 1);
	assert_null(contexts.current);
	contexts_free(&contexts);
}

static void test_config_errors(void **state)
{
	static const struct {
		const char *text, *part;
	} samples[] = {
		{ "contexts: [a]\n", ":1:11: " },
		{ "contexts:\n  a:\n    protected: maybe\n", ":3:16: write true or false" },
		{ "contexts:\n  -a: {}\n", ":2:3: a context name" },
		{ "contexts: {a: {}, a: {}}\n", "twice" },
		{ "a: b: c\n", ":1:" },
	};
	char *path scoped(scoped_free) = context_config_path();
	struct contexts contexts;
	char *error = NULL, *warning = NULL;

	(void)state;
	for (size_t i = 0; i < array_size(samples); i++) {
		assert_true(file_write_text(path, samples[i].text, 0600));
		assert_false(contexts_load(&contexts, &error, &warning));
		assert_non_null(strstr(error, samples[i].part));
		free(take_ptr(error));
	}
	assert_true(file_write_text(path, "curent: x\n", 0600));
	assert_true(contexts_load(&contexts, &error, &warning));
	assert_non_null(strstr(warning, ":1: unknown key \"curent\""));
	free(warning);
}

static void test_credentials(void **state)
{
	char *path scoped(scoped_free) = context_credentials_path();
	struct credential credential;
	struct stat info;
	char *error = NULL;

	(void)state;
	store_secret();
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
	assert_true(credential_load("test", &credential, &error));
	assert_string_equal(credential.client_secret, "s3cret");
	assert_null(credential.access_token);
	credential_free(&credential);
	assert_true(credential_load("other", &credential, &error));
	assert_null(credential.client_id);
	assert_true(credential_store("test", NULL, &error));
	assert_true(credential_load("test", &credential, &error));
	assert_null(credential.client_id);
}

/* --- calls ----------------------------------------------------------------------------------- */

static void test_paths(void **state)
{
	char *path scoped(scoped_free) = api_path("/v1/products/{}/archive", "a/b c?\u00e9");
	char *dots scoped(scoped_free) = api_path("/v1/products/{}", "..");

	(void)state;
	assert_string_equal(path, "/v1/products/a%2Fb%20c%3F%C3%A9/archive");
	assert_string_equal(dots, "/v1/products/%2E%2E");
	path = api_path_query(take_ptr(path), "q", "x&y");
	path = api_path_query(take_ptr(path), "none", NULL);
	path = api_path_query(take_ptr(path), "n", "1");
	assert_non_null(strstr(path, "/archive?q=x%26y&n=1"));
}

static void test_problem(void **state)
{
	struct api *api = open_api();
	struct api_answer answered;

	(void)state;
	assert_false(api_call(
		api,
		&(struct api_request){ .method = "GET", .path = "/conflict", .anonymous = true },
		&answered));
	assert_int_equal(answered.failure, API_PROBLEM);
	assert_int_equal(answered.status, 409);
	assert_string_equal(answered.code, "sku_taken");
	assert_string_equal(answered.detail, "SKU A is taken");
	assert_string_equal(answered.hint, "another SKU");
	assert_string_equal(answered.request_id, "req-1");
	assert_false(answered.retryable);
	assert_int_equal(server.calls, 1);
	api_answer_free(&answered);
	assert_false(api_call(
		api,
		&(struct api_request){ .method = "GET", .path = "/garbage", .anonymous = true },
		&answered));
	assert_int_equal(answered.failure, API_LOCAL);
	api_answer_free(&answered);
	api_close(api);
}

/* A write is repeated with the same key, and not for ever. */
static void test_repeats(void **state)
{
	struct api *api = open_api();
	struct api_answer answered;
	const struct api_request request = { .method = "POST",
					     .path = "/flaky",
					     .data = "x",
					     .len = 1,
					     .if_match = 7,
					     .anonymous = true };

	(void)state;
	server.failures = 2;
	assert_true(api_call(api, &request, &answered));
	assert_int_equal(server.calls, 3);
	assert_true(*server.key);
	assert_string_equal(server.key, server.first_key);
	assert_string_equal(server.match, "\"7\"");
	api_answer_free(&answered);
	server.calls = 0;
	server.failures = 100;
	assert_false(api_call(api, &request, &answered));
	assert_int_equal(server.calls, API_ATTEMPTS);
	assert_true(answered.retryable);
	api_answer_free(&answered);
	api_close(api);
}

static void test_unreachable(void **state)
{
	struct api *api =
		api_open(&(struct context){ .name = (char *)(uintptr_t) "test",
					    .server = (char *)(uintptr_t) "http://127.0.0.1:1",
					    .state = folder });
	struct api_answer answered;

	(void)state;
	assert_false(api_call(
		api, &(struct api_request){ .method = "GET", .path = "/", .anonymous = true },
		&answered));
	assert_int_equal(answered.failure, API_UNREACHABLE);
	assert_non_null(strstr(answered.detail, "cannot reach http://127.0.0.1:1"));
	api_answer_free(&answered);
	assert_false(api_call(api,
			      &(struct api_request){
				      .method = "GET", .path = "/v1/status", .target = API_ENGINE },
			      &answered));
	assert_int_equal(answered.failure, API_UNREACHABLE);
	assert_non_null(strstr(answered.detail, "run/admind.sock"));
	api_answer_free(&answered);
	api_close(api);
}

static bool call_guarded(struct api *api, struct api_answer *answered)
{
	return api_call(api, &(struct api_request){ .method = "GET", .path = "/guarded" },
			answered);
}

static void test_token_is_kept(void **state)
{
	struct api *api = open_api();
	struct api_answer answered;

	(void)state;
	assert_false(call_guarded(api, &answered));
	assert_int_equal(answered.failure, API_LOGIN_NEEDED);
	assert_int_equal(server.calls, 0);
	api_answer_free(&answered);

	store_secret();
	assert_true(call_guarded(api, &answered));
	api_answer_free(&answered);
	assert_string_equal(server.grant, "{\"grant_type\":\"client_credentials\"}");
	api_close(api);
	/* Another process: the token is in the store. */
	api = open_api();
	assert_true(call_guarded(api, &answered));
	api_answer_free(&answered);
	assert_int_equal(server.grants, 1);
	api_close(api);
}

/* A token that the server refuses is replaced once; a refresh token is used and replaced. */
static void test_token_is_renewed(void **state)
{
	struct api *api = open_api();
	struct api_answer answered;
	struct credential stored = {
		.refresh_token = (char *)(uintptr_t) "refresh-0",
		.access_token = (char *)(uintptr_t) "revoked",
		.expires_at = clock_real_s() + 600,
	};
	char *error = NULL;

	(void)state;
	assert_true(credential_store("test", &stored, &error));
	assert_true(call_guarded(api, &answered));
	api_answer_free(&answered);
	assert_non_null(strstr(server.grant, "\"refresh_token\":\"refresh-0\""));
	assert_true(credential_load("test", &stored, &error));
	assert_string_equal(stored.refresh_token, "refresh-1");
	assert_string_equal(stored.access_token, "token-1");
	credential_free(&stored);

	snprintf(server.token, sizeof(server.token), "changed");
	server.refuse_grants = true;
	assert_false(call_guarded(api, &answered));
	assert_int_equal(answered.status, 401);
	api_answer_free(&answered);
	api_close(api);
	api = open_api();
	stored = (struct credential){ .refresh_token = (char *)(uintptr_t) "old" };
	assert_true(credential_store("test", &stored, &error));
	assert_false(call_guarded(api, &answered));
	assert_int_equal(answered.failure, API_LOGIN_NEEDED);
	api_answer_free(&answered);
	api_close(api);
}

static void test_pages(void **state)
{
	struct api *api = open_api();
	struct api_pages pages;
	const json_t *page;
	size_t count = 0;

	(void)state;
	store_secret();
	api_pages_open(&pages, api, "/pages", 2);
	while ((page = api_pages_next(&pages)))
		count += json_array_size(page);
	assert_int_equal(count, 3);
	assert_int_equal(pages.answer.failure, API_OK);
	api_pages_close(&pages);
	api_close(api);
}

static void test_several_at_once(void **state)
{
	struct api *api = open_api();
	const struct api_request request = { .method = "GET", .path = "/a", .anonymous = true };
	struct api_pending *first = api_start(api, &request), *second = api_start(api, &request);
	struct api_answer answered;

	(void)state;
	assert_true(api_finish(second, &answered));
	api_answer_free(&answered);
	assert_true(api_finish(first, &answered));
	assert_true(json_get_bool(answered.body, "ok", false));
	api_answer_free(&answered);
	api_close(api);
}

static void test_read_only(void **state)
{
	struct api *api = api_open(&(struct context){
		.name = (char *)(uintptr_t) "test", .server = server.url, .readonly = true });
	struct api_answer answered;

	(void)state;
	assert_false(api_call(api, &(struct api_request){ .method = "DELETE", .path = "/a" },
			      &answered));
	assert_int_equal(answered.failure, API_LOCAL);
	assert_int_equal(server.calls, 0);
	api_answer_free(&answered);
	api_close(api);
}

#define TEST(name) cmocka_unit_test_setup(name, reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_contexts),    TEST(test_config_errors),   TEST(test_credentials),
		TEST(test_paths),       TEST(test_problem),         TEST(test_repeats),
		TEST(test_unreachable), TEST(test_token_is_kept),   TEST(test_token_is_renewed),
		TEST(test_pages),       TEST(test_several_at_once), TEST(test_read_only),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
