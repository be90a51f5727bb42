/* A small thread pool for blocking functions of requests, each thread with its own session. */
#ifndef ECOM_LIB_HTTP_TASKS_H
#define ECOM_LIB_HTTP_TASKS_H

#include <stdbool.h>

struct loop;
struct request;
struct tasks;

struct tasks_config {
	int threads;
	int queue_max;
	int wait_ms;              /* when the oldest task waited longer, no more are taken */
	const char *database_url; /* NULL: tasks get no session */
	int statement_timeout_ms;
};

struct tasks *tasks_start(struct loop *loop, const struct tasks_config *config);
void tasks_stop(struct tasks *tasks); /* waits for the tasks in hand */

/* Runs the route's task and then dispatch_finish() on the loop. False when too many wait. */
bool tasks_submit(struct tasks *tasks, struct request *request);

#endif
