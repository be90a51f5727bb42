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
#include "lib/http/waiters.h"
#include "lib/loop/loop.h"

#define CONNECTION_MEMORY ((size_t)32 << 10) /* headers of a request and of its answer */
#define BODY_HARD_MAX     ((size_t)16 << 20)
#define HOUSEKEEPING_MS   1000
#define RUNS_MOST         64 /* of one listener before others get their turn */

static struct db_statement replay_statement;

const struct db_statement *http_replay_statement(void)
{
	return &replay_statement;
}

/* Health checks go on while an instance drains: they do not make it busy. */
static void touch(const struct listener *listener, int change)
{
	struct http *http = listener->http;

	http->active += change;
	if (listener->mode != DIRECT)
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
	size_t own = request->entry ? request->entry->route->body_max : 0;

	limit = own > limit ? own : limit;
	return limit < BODY_HARD_MAX ? limit : BODY_HARD_MAX;
}

static void begin(struct listener *listener, struct MHD_Connection *connection, const char *url,
		  const char *method, void **state)
{
	struct request *request = request_new(listener->http, listener, connection,
					      method_parse(method), url);

	touch(listener, 1);
	*state = request;
	dispatch_begin(request);
	request->raw.max = body_limit(request);
}

/* What nobody will look at is not kept, but read on, so that the client gets to see the answer;
 * unless it takes too long. */
static enum MHD_Result take_body(struct request *request, const char *data, size_t *len)
{
	int64_t passed_ms = (clock_mono_us() - request->started_us) / 1000;

	if (passed_ms > request->http->config.body_time_ms)
		return MHD_NO;
	if (request->admitted && !request->too_large &&
	    (request->method == GET || !buf_add(&request->raw, data, *len))) {
		request->too_large = true;
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
	if (!request->dispatched)
		dispatch(request);
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
	touch(listener, -1);
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
 * what a run left shows as a timeout of zero and never as an event. Whoever floods us with requests
 * could keep that up for ever. */
static void listener_run(struct listener *listener)
{
	MHD_UNSIGNED_LONG_LONG ms;
	int runs = 0;

	do {
		if (runs++ == RUNS_MOST) {
			loop_wake(listener->http->more);
			return;
		}
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

/* Idle connections are closed only when the library runs; and it may have more to do. */
static void run_all(void *arg)
{
	struct http *http = arg;

	for (struct listener *l = http->listeners; l; l = l->next)
		listener_run(l);
}

struct http *http_new(const struct http_config *config)
{
	struct http *http = xcalloc(1, sizeof(*http));

	http->config = *config;
	http->last_ms = clock_mono_ms();
	if (!replay_statement.sql)
		db_statement_init(&replay_statement, SQL(idempotency_get));
	loop_on_turn(config->service->loop, on_turn, http);
	loop_timer_add(config->service->loop, 0, HOUSEKEEPING_MS, run_all, http);
	http->more = loop_wakeup_add(config->service->loop, run_all, http);
	http->waiters = waiters_new(config->service, config->waiters_max);
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
	waiters_drain(http->waiters);
}

void http_wake(struct http *http)
{
	waiters_wake(http->waiters);
}

int http_active(const struct http *http)
{
	return http->active + waiters_busy(http->waiters);
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
	loop_wakeup_remove(http->more);
	waiters_free(http->waiters);
	free(http);
}
