/* Calls: token, headers, repeating what is safe to repeat. */
#include "lib/client/api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

#include "lib/base/buf.h"
#include "lib/base/json.h"
#include "lib/base/str.h"
#include "lib/base/uuid.h"
#include "lib/client/answer.h"
#include "lib/client/http.h"
#include "lib/client/token.h"

enum { HEADERS_MOST = 16, RETRY_AFTER_MOST_S = 5 };

struct api {
	struct context context;
	struct http *http; /* opened by the first call */
	int64_t timeout_ms;
	api_trace *trace;
	void *trace_data;
	char *token; /* used last */
};

struct api_pending {
	struct api *api;
	struct api_request request; /* borrowed from the caller */
	char key[UUID_SIZE];
	char *url;
	char *socket;
	char *json; /* the body as text */
	int attempts;
	bool token_renewed;
	struct http_transfer *transfer; /* NULL: failed is what happened */
	struct api_answer failed;
};

struct api *api_open(const struct context *context)
{
	struct api *api = xcalloc(1, sizeof(*api));

	api->context = context_copy(context);
	api->timeout_ms = API_TIMEOUT_MS;
	return api;
}

static void forget_token(struct api *api)
{
	if (api->token)
		explicit_bzero(api->token, strlen(api->token));
	free(api->token);
	api->token = NULL;
}

void api_close(struct api *api)
{
	if (!api)
		return;
	http_close(api->http);
	forget_token(api);
	context_free(&api->context);
	free(api);
}

void api_set_timeout(struct api *api, int64_t timeout_ms)
{
	api->timeout_ms = timeout_ms;
}

void api_set_trace(struct api *api, api_trace *trace, void *data)
{
	api->trace = trace;
	api->trace_data = data;
}

void api_move(struct api *api)
{
	if (api->http)
		http_move(api->http);
}

static bool is_write(const struct api_request *request)
{
	return !str_eq(request->method, "GET") && !str_eq(request->method, "HEAD");
}

/* The socket of the local engine proves who we are by itself (peer credentials). */
static bool by_socket(const struct api_pending *pending)
{
	return pending->socket;
}

static bool find_server(struct api_pending *pending)
{
	const struct context *context = &pending->api->context;
	const char *base = pending->request.target == API_SHOP ? context->shop : context->server;
	size_t len;

	if (pending->request.target == API_ENGINE && context->state) {
		pending->socket = xasprintf("%s/run/admind.sock", context->state);
		pending->url = xasprintf("http://localhost%s", pending->request.path);
		return true;
	}
	if (!base) {
		answer_fail(&pending->failed, API_LOCAL, "context \"%s\" has no URL of the %s API",
			    context->name, pending->request.target == API_SHOP ? "shop" : "admin");
		return false;
	}
	len = strlen(base);
	while (len && base[len - 1] == '/')
		len--;
	pending->url = xasprintf("%.*s%s", (int)len, base, pending->request.path);
	return true;
}

/* The place in messages: without the path, and the socket when there is one. */
static char *place_of(const struct api_pending *pending)
{
	const char *host = strstr(pending->url, "://");

	if (pending->socket)
		return xstrdup(pending->socket);
	host = host ? host + 3 : pending->url;
	return xasprintf("%.*s%.*s", (int)(host - pending->url), pending->url,
			 (int)strcspn(host, "/?"), host);
}

static char *basic_header(const char *user, const char *password)
{
	char *plain scoped(scoped_free) = xasprintf("%s:%s", user, password ? password : "");
	size_t len = strlen(plain);
	size_t size = sodium_base64_encoded_len(len, sodium_base64_VARIANT_ORIGINAL);
	char *encoded scoped(scoped_free) = xmalloc(size);

	sodium_bin2base64(encoded, size, (const unsigned char *)plain, len,
			  sodium_base64_VARIANT_ORIGINAL);
	explicit_bzero(plain, len);
	return xasprintf("Authorization: Basic %s", encoded);
}

/* False: pending->failed says why there is no token. */
static bool add_authorization(struct api_pending *pending, char **header)
{
	struct api *api = pending->api;
	const struct api_request *request = &pending->request;

	if (request->basic_user) {
		*header = basic_header(request->basic_user, request->basic_password);
		return true;
	}
	if (request->anonymous || by_socket(pending))
		return true;
	if (!api->token)
		api->token = token_get(api, api->context.name, NULL, &pending->failed);
	if (!api->token)
		return false;
	*header = xasprintf("Authorization: Bearer %s", api->token);
	return true;
}

static void start_transfer(struct api_pending *pending, const char *authorization)
{
	const struct api_request *request = &pending->request;
	const char *headers[HEADERS_MOST + 1] = { "User-Agent: ecomctl/" PACKAGE_VERSION,
						  "Accept: application/json" };
	char type[128], key[160], match[64];
	size_t n = 2;
	struct http_request http = {
		.method = request->method,
		.url = pending->url,
		.unix_socket = pending->socket,
		.headers = headers,
		.data = pending->json ? pending->json : request->data,
		.len = pending->json ? strlen(pending->json) : request->len,
		.timeout_ms = request->timeout_ms ? request->timeout_ms : pending->api->timeout_ms,
		.body_max = API_BODY_MAX,
	};

	if (authorization)
		headers[n++] = authorization;
	if (http.data) {
		snprintf(type, sizeof(type), "Content-Type: %s",
			 request->type ? request->type : "application/json");
		headers[n++] = type;
	}
	if (is_write(request)) {
		snprintf(key, sizeof(key), "Idempotency-Key: %s",
			 request->key ? request->key : pending->key);
		headers[n++] = key;
	}
	if (request->if_match) {
		snprintf(match, sizeof(match), "If-Match: \"%lld\"", (long long)request->if_match);
		headers[n++] = match;
	}
	for (size_t i = 0; request->headers && request->headers[i] && n < HEADERS_MOST; i++)
		headers[n++] = request->headers[i];
	pending->transfer = http_start(pending->api->http, &http);
}

/* One attempt; without a transfer pending->failed says why. */
static void send_once(struct api_pending *pending)
{
	char *authorization = NULL;

	pending->attempts++;
	if (add_authorization(pending, &authorization))
		start_transfer(pending, authorization);
	if (authorization)
		explicit_bzero(authorization, strlen(authorization));
	free(authorization);
}

static bool is_refused_locally(struct api_pending *pending)
{
	const struct api_request *request = &pending->request;
	char *error scoped(scoped_free) = NULL;

	if (pending->api->context.readonly && is_write(request) && !request->anonymous) {
		answer_fail(&pending->failed, API_LOCAL, "context \"%s\" is read-only",
			    pending->api->context.name);
		return true;
	}
	if (!pending->api->http)
		pending->api->http = http_open(&error);
	if (!pending->api->http)
		answer_fail(&pending->failed, API_LOCAL, "%s", error);
	return !pending->api->http || !find_server(pending);
}

struct api_pending *api_start(struct api *api, const struct api_request *request)
{
	struct api_pending *pending = xcalloc(1, sizeof(*pending));

	pending->api = api;
	pending->request = *request;
	uuid_make(pending->key);
	if (request->body)
		pending->json = json_text(request->body);
	if (!is_refused_locally(pending))
		send_once(pending);
	return pending;
}

static void wait_before(const struct api_pending *pending, const struct api_answer *answer)
{
	static const int64_t pauses_ms[API_ATTEMPTS] = { 0, 50, 200, 600 };
	int64_t ms = pauses_ms[pending->attempts];
	struct timespec pause;

	if (answer->retry_after && answer->retry_after <= RETRY_AFTER_MOST_S)
		ms = answer->retry_after * 1000;
	ms += (int64_t)randombytes_uniform((uint32_t)ms / 2 + 1);
	pause = (struct timespec){ ms / 1000, ms % 1000 * 1000000 };
	nanosleep(&pause, NULL);
}

/* A local engine that is not there will not come by itself; a gateway may be restarting. */
static bool may_repeat(const struct api_pending *pending, const struct http_response *response)
{
	if (pending->attempts >= API_ATTEMPTS)
		return false;
	switch (response->result) {
	case HTTP_DONE:
		return response->status >= 502 && response->status <= 504;
	case HTTP_NOT_SENT:
		return !by_socket(pending);
	case HTTP_BROKEN:
		return true;
	case HTTP_TIMED_OUT:
	case HTTP_IMPOSSIBLE:
		break;
	}
	return false;
}

/* The keys were changed, or the token was revoked: fetch another one, once. */
static bool renew_token(struct api_pending *pending, const struct http_response *response)
{
	struct api *api = pending->api;
	struct api_answer failure;
	char *token;

	if (response->result != HTTP_DONE || response->status != 401 || pending->token_renewed ||
	    pending->request.anonymous || pending->request.basic_user || by_socket(pending))
		return false;
	pending->token_renewed = true;
	token = token_get(api, api->context.name, api->token, &failure);
	api_answer_free(&failure);
	forget_token(api);
	api->token = token;
	return token;
}

static void trace(const struct api_pending *pending, const struct http_response *response)
{
	char *id scoped(scoped_free) = NULL;

	if (!pending->api->trace)
		return;
	id = answer_header(response->headers.data, "X-Request-Id");
	pending->api->trace(pending->api->trace_data, pending->request.method,
			    pending->request.path, response->status, response->elapsed_ms, id);
}

static void pending_free(struct api_pending *pending)
{
	if (pending->json)
		explicit_bzero(pending->json, strlen(pending->json));
	free(pending->json);
	free(pending->url);
	free(pending->socket);
	free(pending);
}

bool api_finish(struct api_pending *pending, struct api_answer *answer)
{
	*answer = pending->failed;
	while (pending->transfer) {
		char *place scoped(scoped_free) = place_of(pending);
		struct http_response response;
		bool again;

		http_finish(take_ptr(pending->transfer), &response);
		trace(pending, &response);
		again = renew_token(pending, &response) || may_repeat(pending, &response);
		answer_take(answer, &response, place);
		http_response_free(&response);
		if (!again)
			break;
		wait_before(pending, answer);
		api_answer_free(answer);
		send_once(pending);
		if (!pending->transfer)
			*answer = pending->failed;
	}
	pending_free(pending);
	return answer->failure == API_OK;
}

bool api_call(struct api *api, const struct api_request *request, struct api_answer *answer)
{
	return api_finish(api_start(api, request), answer);
}
