/* libmicrohttpd in external epoll mode: connections in, requests out, answers back. */
#include "lib/http/server.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/daemon/daemon.h"
#include "lib/db/sql.h"
#include "lib/http/exchange.h"
#include "lib/http/listener.h"
#include "lib/http/problem.h"
#include "lib/loop/loop.h"

#define CONNECTION_MEMORY ((size_t)32 << 10) /* headers of a request and of its answer */
#define BODY_HARD_MAX     ((size_t)16 << 20)
#define HOUSEKEEPING_MS   1000

static struct db_statement replay_statement;

const struct db_statement *http_replay_statement(void)
{
	return &replay_statement;
}

static void touch(struct http *http, int change)
{
	http->active += change;
	http->last_ms = clock_mono_ms();
}

/* --- answers ---------------------------------------------------------------------------------- */

void request_suspend(struct request *request)
{
	if (request->suspended)
		return;
	request->suspended = true;
	MHD_suspend_connection(request->connection);
}

static struct MHD_Response *response_make(struct reply *reply)
{
	struct MHD_Response *response;

	if (!reply->release)
		return MHD_create_response_from_buffer(reply->len, (void *)reply->data,
						       MHD_RESPMEM_PERSISTENT);
	response = MHD_create_response_from_buffer_with_free_callback_cls(
		reply->len, (void *)reply->data, reply->release, reply->owner);
	reply->release = NULL; /* it is the response's now */
	return response;
}

static const char *cache_control(struct request *request)
{
	const struct route *route = request->entry ? request->entry->route : NULL;

	/* Never `public`: a shared cache would give an authorised answer to everyone. */
	if (!route || !route->cache || request->identity || request->frontend != SHOP ||
	    request->reply.status != 200)
		return "private, no-cache";
	return arena_printf(&request->arena, "max-age=%d", route->cache);
}

/* A handler knows better, e.g. no-store for tokens (RFC 6749 section 5.1). */
static bool sets_cache_control(const struct reply *reply)
{
	for (int i = 0; i < reply->nheaders; i++) {
		if (strcasecmp(reply->headers[i].name, "Cache-Control") == 0)
			return true;
	}
	return false;
}

static void response_headers(struct request *request, struct MHD_Response *response)
{
	const struct reply *reply = &request->reply;

	if (reply->type)
		MHD_add_response_header(response, "Content-Type", reply->type);
	if (!sets_cache_control(reply))
		MHD_add_response_header(response, "Cache-Control", cache_control(request));
	for (int i = 0; i < reply->nheaders; i++)
		MHD_add_response_header(response, reply->headers[i].name, reply->headers[i].value);
	if (request->http->draining)
		MHD_add_response_header(response, "Connection", "close");
}

void request_send(struct request *request)
{
	unsigned int status = (unsigned int)request->reply.status;
	struct MHD_Response *response = response_make(&request->reply);

	response_headers(request, response);
	MHD_queue_response(request->connection, status, response);
	MHD_destroy_response(response);
	if (request->suspended) {
		request->suspended = false;
		MHD_resume_connection(request->connection);
		request->http->run_needed = true;
	}
}

/* --- requests --------------------------------------------------------------------------------- */

static size_t body_limit(const struct request *request)
{
	size_t limit = request->http->config.body_max;
	struct route_match match;

	/* A route may allow more; the gateway's secret is checked later, so never without limit. */
	for (enum frontend f = SHOP; f <= LOCAL; f <<= 1) {
		if (route_find(request->http->config.table, f, request->method, request->path,
			       &match) &&
		    match.entry->route->body_max > limit)
			limit = match.entry->route->body_max;
	}
	return limit < BODY_HARD_MAX ? limit : BODY_HARD_MAX;
}

static void begin(struct listener *listener, struct MHD_Connection *connection, const char *url,
		  const char *method, void **state)
{
	struct request *request = request_new(listener->http, listener, connection,
					      method_parse(method), url);

	touch(listener->http, 1);
	if (request->method != GET)
		request->raw.max = body_limit(request);
	*state = request;
}

static enum MHD_Result take_body(struct request *request, const char *data, size_t *len)
{
	if (request->method == GET || !buf_add(&request->raw, data, *len)) {
		request->too_large = true; /* read on, so that the client gets to see the answer */
		buf_free(&request->raw);
	}
	*len = 0;
	return MHD_YES;
}

/* Called for the headers, for each part of the body, and at the end. Answering at the first call
 * would close the connection. */
static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *data,
				  size_t *len, void **state)
{
	struct request *request = *state;

	(void)version;
	if (!request) {
		begin(arg, connection, url, method, state);
		return MHD_YES;
	}
	if (*len)
		return take_body(request, data, len);
	if (request->reply.status || request->suspended)
		return MHD_YES;
	if (request->method) {
		dispatch(request);
	} else {
		request->frontend = request->listener->mode;
		problem(request, &PROBLEM_METHOD_NOT_ALLOWED);
		request->http->unrouted[4]++;
		request_send(request);
	}
	return MHD_YES;
}

static void on_completed(void *arg, struct MHD_Connection *connection, void **state,
			 enum MHD_RequestTerminationCode code)
{
	struct listener *listener = arg;

	(void)connection;
	(void)code;
	if (!*state)
		return;
	request_free(*state);
	*state = NULL;
	touch(listener->http, -1);
}

/* The library decodes %2F into a slash before we see it; we decode after splitting. */
static size_t keep_escapes(void *arg, struct MHD_Connection *connection, char *text)
{
	(void)arg;
	(void)connection;
	return strlen(text);
}

/* --- the loop --------------------------------------------------------------------------------- */

/* One run takes one piece of each connection's input, and the library's epoll is edge-triggered:
 * what a run left shows as a timeout of zero and never as an event. */
static void listener_run(struct listener *listener)
{
	MHD_UNSIGNED_LONG_LONG ms;

	do {
		MHD_run(listener->daemon);
	} while (MHD_get_timeout(listener->daemon, &ms) == MHD_YES && ms == 0);
}

static void on_readable(void *arg, uint32_t events)
{
	(void)events;
	listener_run(arg);
}

/* Resumed connections have an answer to send. Their sending may finish requests and start others
 * that are answered at once, so look again until nothing was resumed. */
static void on_turn(void *arg)
{
	struct http *http = arg;

	while (http->run_needed) {
		http->run_needed = false;
		for (struct listener *l = http->listeners; l; l = l->next)
			listener_run(l);
	}
}

/* Idle connections are closed only when the library runs. */
static void on_housekeeping(void *arg)
{
	struct http *http = arg;

	for (struct listener *l = http->listeners; l; l = l->next)
		listener_run(l);
}

struct http *http_new(const struct http_config *config)
{
	struct http *http = xcalloc(1, sizeof(*http));

	http->config = *config;
	touch(http, 0);
	if (!replay_statement.sql)
		db_statement_init(&replay_statement, SQL(idempotency_get));
	loop_on_turn(config->service->loop, on_turn, http);
	loop_timer_add(config->service->loop, 0, HOUSEKEEPING_MS, on_housekeeping, http);
	return http;
}

bool http_listen(struct http *http, enum frontend mode, int fd)
{
	struct listener *listener = xcalloc(1, sizeof(*listener));
	const union MHD_DaemonInfo *info;

	*listener = (struct listener){ .http = http, .mode = mode, .next = http->listeners };
	listener->daemon = MHD_start_daemon(
		MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_TURBO, 0, NULL, NULL, on_request,
		listener, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
		listener, MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned int)http->config.connections_max,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)http->config.idle_timeout_s,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY, MHD_OPTION_END);
	if (!listener->daemon) {
		free(listener);
		return false;
	}
	info = MHD_get_daemon_info(listener->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	listener->watch = loop_fd_add(http->config.service->loop, info->epoll_fd, EPOLLIN,
				      on_readable, listener);
	http->listeners = listener;
	return true;
}

void http_drain(struct http *http)
{
	http->draining = true;
}

int http_active(const struct http *http)
{
	return http->active;
}

long http_quiet_ms(const struct http *http)
{
	return (long)(clock_mono_ms() - http->last_ms);
}

void http_free(struct http *http)
{
	if (!http)
		return;
	while (http->listeners) {
		struct listener *listener = http->listeners;

		http->listeners = listener->next;
		loop_fd_remove(listener->watch);
		MHD_stop_daemon(listener->daemon);
		free(listener);
	}
	free(http);
}
