/* A small thread pool for blocking functions of requests, each thread with its own session. */
#ifndef ECOM_LIB_HTTP_TASKS_H
#define ECOM_LIB_HTTP_TASKS_H

#include <stdbool.h>

struct loop;
struct request;
struct tasks;

/* database_url may be NULL: tasks then get no session. */
struct tasks *tasks_start(struct loop *loop, int threads, int queue_max, const char *database_url,
			  int statement_timeout_ms);
void tasks_stop(struct tasks *tasks); /* waits for the tasks in hand */

/* Runs the route's task and then dispatch_finish() on the loop. False when the queue is full. */
bool tasks_submit(struct tasks *tasks, struct request *request);

#endif
