/* The inside of the server, for lib/http alone. */
#ifndef ECOM_LIB_HTTP_LISTENER_H
#define ECOM_LIB_HTTP_LISTENER_H

#include <microhttpd.h>

#include "lib/http/server.h"

struct loop_fd;
struct loop_wakeup;
struct waiters;

struct listener {
	struct http *http;
	enum frontend mode;
	struct MHD_Daemon *daemon;
	struct loop_fd *watch;
	struct listener *next;
};

struct http {
	struct http_config config;
	struct listener *listeners;
	bool run_needed;          /* a connection was resumed in this turn */
	struct loop_wakeup *more; /* a listener was not done in its turn */
	struct waiters *waiters;
	bool draining;
	int active;
	int64_t last_ms;      /* when a request last began or ended, except on DIRECT */
	uint64_t unrouted[6]; /* answers without a route, by first digit of the status */
};

#endif
