/* HTTP exchanges over libcurl, loaded when the first one is made. */
#include "lib/client/http.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The checking macros name the functions, which we call through pointers. */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

enum {
	CONNECT_TIMEOUT_MS = 5000,
	HEADERS_MAX = 64 << 10, /* bytes of all headers of an answer */
	IDLE_HANDLES = 4,
	WAIT_MS = 1000,
};

/* The functions of libcurl that we call, by name: the only place that knows them. */
#define CURL_FUNCTIONS(f)                                                                          \
	f(easy_init) f(easy_cleanup) f(easy_reset) f(easy_setopt) f(easy_getinfo) f(easy_strerror) \
		f(multi_init) f(multi_cleanup) f(multi_add_handle) f(multi_remove_handle)          \
			f(multi_perform) f(multi_poll) f(multi_info_read) f(slist_append)          \
				f(slist_free_all) f(global_init)

#define DECLARE(name) __typeof__(&curl_##name) name;
static struct {
	CURL_FUNCTIONS(DECLARE)
} lib;

struct http {
	CURLM *multi;
	CURL *idle[IDLE_HANDLES];
	size_t nidle;
};

struct http_transfer {
	struct http *http;
	CURL *easy;
	struct curl_slist *headers;
	char *url;
	bool done;
	CURLcode code;
	int64_t started;
	struct http_response response;
	char error[CURL_ERROR_SIZE];
};

static bool load_library(char **error)
{
	static void *handle;

	if (handle)
		return true;
	handle = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
	if (!handle) {
		*error = xasprintf("%s (apt-get install libcurl4)", dlerror());
		return false;
	}
#define LOAD(name) *(void **)&lib.name = dlsym(handle, "curl_" #name);
	CURL_FUNCTIONS(LOAD)
	if (!lib.multi_poll || lib.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		*error = xstrdup("libcurl.so.4 is too old: 7.88 or later is needed");
		dlclose(handle);
		handle = NULL;
	}
	return handle;
}

struct http *http_open(char **error)
{
	struct http *http;

	if (!load_library(error))
		return NULL;
	http = xcalloc(1, sizeof(*http));
	http->multi = lib.multi_init();
	if (!http->multi)
		abort();
	return http;
}

void http_close(struct http *http)
{
	if (!http)
		return;
	while (http->nidle)
		lib.easy_cleanup(http->idle[--http->nidle]);
	lib.multi_cleanup(http->multi);
	free(http);
}

static CURL *take_handle(struct http *http)
{
	CURL *easy = http->nidle ? http->idle[--http->nidle] : lib.easy_init();

	if (!easy)
		abort();
	return easy;
}

/* The connection stays with the multi handle, so a later transfer uses it again. */
static void give_handle(struct http *http, CURL *easy)
{
	lib.easy_reset(easy);
	if (http->nidle < IDLE_HANDLES)
		http->idle[http->nidle++] = easy;
	else
		lib.easy_cleanup(easy);
}

static size_t take_body(char *data, size_t size, size_t count, void *user)
{
	struct http_transfer *transfer = user;

	return buf_add(&transfer->response.body, data, size * count) ? size * count : 0;
}

static size_t take_header(char *data, size_t size, size_t count, void *user)
{
	struct http_transfer *transfer = user;
	size_t len = size * count;

	/* A new status line: what came before was 100 Continue or the like. */
	if (len > 5 && memcmp(data, "HTTP/", 5) == 0)
		buf_clear(&transfer->response.headers);
	return buf_add(&transfer->response.headers, data, len) ? len : 0;
}

/* "127.0.0.1.example.com" is somebody else's. */
bool http_is_loopback(const char *url)
{
	static const char *const hosts[] = { "localhost", "127.0.0.1", "[::1]" };
	const char *host = strstr(url, "://");

	for (size_t i = 0; host && i < array_size(hosts); i++) {
		size_t len = strlen(hosts[i]);

		if (str_has_prefix(host + 3, hosts[i]) &&
		    (host[3 + len] == '\0' || strchr(":/", host[3 + len])))
			return true;
	}
	return false;
}

/* Those methods have one, an empty one if need be; then its length is sent. */
static bool has_body(const struct http_request *request)
{
	return request->data || str_eq(request->method, "POST") || str_eq(request->method, "PUT") ||
	       str_eq(request->method, "PATCH");
}

static void set_body(CURL *easy, const struct http_request *request)
{
	if (has_body(request)) {
		lib.easy_setopt(easy, CURLOPT_POSTFIELDS, request->data ? request->data : "");
		lib.easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->len);
	}
	if (str_eq(request->method, "HEAD"))
		lib.easy_setopt(easy, CURLOPT_NOBODY, 1L);
	else if (request->data || !str_eq(request->method, "GET"))
		lib.easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
}

static void set_route(CURL *easy, const struct http_request *request)
{
	const char *authorities = getenv("SSL_CERT_FILE");

	lib.easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	lib.easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, request->unix_socket);
	if (request->unix_socket || http_is_loopback(request->url))
		lib.easy_setopt(easy, CURLOPT_PROXY, "");
	if (authorities && *authorities)
		lib.easy_setopt(easy, CURLOPT_CAINFO, authorities);
	lib.easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
	lib.easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
}

struct http_transfer *http_start(struct http *http, const struct http_request *request)
{
	struct http_transfer *transfer = xcalloc(1, sizeof(*transfer));
	CURL *easy = transfer->easy = take_handle(http);

	transfer->http = http;
	transfer->started = clock_mono_ms();
	transfer->response.body.max = request->body_max;
	transfer->response.headers.max = HEADERS_MAX;
	for (size_t i = 0; request->headers[i]; i++)
		transfer->headers = lib.slist_append(transfer->headers, request->headers[i]);
	/* Waiting for 100 Continue costs a round trip, and our servers take what they announce. */
	transfer->headers = lib.slist_append(transfer->headers, "Expect:");
	if (!request->data) /* libcurl would call an empty body a form */
		transfer->headers = lib.slist_append(transfer->headers, "Content-Type:");
	transfer->url = xstrdup(request->url);
	lib.easy_setopt(easy, CURLOPT_URL, transfer->url);
	lib.easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
	lib.easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	lib.easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
	lib.easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
	lib.easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
	lib.easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error);
	lib.easy_setopt(easy, CURLOPT_PRIVATE, transfer);
	set_route(easy, request);
	set_body(easy, request);
	lib.multi_add_handle(http->multi, easy);
	http_move(http);
	return transfer;
}

static void collect_done(struct http *http)
{
	CURLMsg *message;
	int left;

	while ((message = lib.multi_info_read(http->multi, &left))) {
		struct http_transfer *transfer;

		if (message->msg != CURLMSG_DONE)
			continue;
		lib.easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
		transfer->code = message->data.result;
		transfer->done = true;
	}
}

void http_move(struct http *http)
{
	int running;

	lib.multi_perform(http->multi, &running);
	collect_done(http);
}

static enum http_result result_of(CURLcode code)
{
	static const struct {
		CURLcode code;
		enum http_result result;
	} results[] = {
		{ CURLE_OK, HTTP_DONE },
		{ CURLE_COULDNT_RESOLVE_HOST, HTTP_NOT_SENT },
		{ CURLE_COULDNT_RESOLVE_PROXY, HTTP_NOT_SENT },
		{ CURLE_COULDNT_CONNECT, HTTP_NOT_SENT },
		{ CURLE_OPERATION_TIMEDOUT, HTTP_TIMED_OUT },
		{ CURLE_GOT_NOTHING, HTTP_BROKEN },
		{ CURLE_SEND_ERROR, HTTP_BROKEN },
		{ CURLE_RECV_ERROR, HTTP_BROKEN },
		{ CURLE_PARTIAL_FILE, HTTP_BROKEN },
	};

	for (size_t i = 0; i < array_size(results); i++) {
		if (results[i].code == code)
			return results[i].result;
	}
	return HTTP_IMPOSSIBLE;
}

static const char *error_of(const struct http_transfer *transfer)
{
	if (transfer->response.body.overflow)
		return "the answer is longer than this program accepts";
	if (transfer->response.headers.overflow)
		return "the headers of the answer are longer than this program accepts";
	return *transfer->error ? transfer->error : lib.easy_strerror(transfer->code);
}

void http_finish(struct http_transfer *transfer, struct http_response *out)
{
	struct http *http = transfer->http;
	long status = 0;

	while (!transfer->done) {
		lib.multi_poll(http->multi, NULL, 0, WAIT_MS, NULL);
		http_move(http);
	}
	lib.easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	*out = transfer->response;
	out->status = (int)status;
	out->result = result_of(transfer->code);
	out->elapsed_ms = clock_mono_ms() - transfer->started;
	if (out->result != HTTP_DONE)
		snprintf(out->error, sizeof(out->error), "%s", error_of(transfer));
	lib.multi_remove_handle(http->multi, transfer->easy);
	give_handle(http, transfer->easy);
	lib.slist_free_all(transfer->headers);
	free(transfer->url);
	free(transfer);
}

void http_response_free(struct http_response *response)
{
	buf_free(&response->headers);
	buf_free(&response->body);
}
