/*
 * The HTTP side of a daemon: up to three listeners over one route table, in one loop.
 * libmicrohttpd runs in external epoll mode; a request that waits for PostgreSQL or a task is a
 * suspended connection.
 */
#ifndef ECOM_LIB_HTTP_SERVER_H
#define ECOM_LIB_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/mem.h"
#include "lib/http/route.h"

struct http;
struct service;
struct tasks;

struct http_config {
	struct service *service;
	const struct route_table *table;
	struct tasks *tasks;  /* NULL: no route has a task */
	char *gateway_secret; /* NULL: the gateway's listener refuses everyone */
	size_t body_max;      /* bytes of a request's body */
	int connections_max;  /* per listener */
	int idle_timeout_s;   /* of a kept connection */
	int waiters_max;      /* requests with Prefer: wait that are held */
	int64_t body_time_ms; /* from the headers to the last byte of the body */
};

/* config is copied; its pointers stay the caller's and outlive the server. */
struct http *http_new(const struct http_config *config);

/* `mode` is SHOP (behind the gateway, which names the frontend), DIRECT or LOCAL. Takes the bound
 * and listening descriptor. False when libmicrohttpd refuses. */
bool http_listen(struct http *http, enum frontend mode, int fd) must_check;

/* A commit may have been what requests wait for. Any thread. */
void http_wake(struct http *http);

/* From now on answers close their connections, and nobody is held. */
void http_drain(struct http *http);

/* Requests (and looks for those who wait) that are being worked on, and milliseconds since one began or ended; those of the DIRECT
 * listener do not count for the latter. */
int http_active(const struct http *http);
long http_quiet_ms(const struct http *http);

/* Ends all connections; no request may be active. */
void http_free(struct http *http);

/* A listening TCP socket on "127.0.0.1:0", "[::1]:8080" or "0.0.0.0:80"; -1 with errno. `ports` are
 * tried first when the port is 0 (a restarted instance wants its last one back). */
int http_bind(const char *address, int preferred_port);

/* "127.0.0.1:41234" of a bound socket. The caller frees. */
char *http_address(int fd);

/* A listening Unix socket, mode 0600; replaces a dead one. -1 with errno. */
int http_bind_unix(const char *path);

void http_metrics(struct buf *out, void *http);

#endif
