/* A small thread pool for blocking functions of requests, each thread with its own session. */
#include "lib/http/tasks.h"

#include <pthread.h>
#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/fault.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/db/session.h"
#include "lib/http/exchange.h"
#include "lib/loop/loop.h"

STAILQ_HEAD(request_list, request);

struct tasks {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct request_list waiting, finished;
	struct tasks_config config;
	int nwaiting;
	bool stop;
	struct loop_wakeup *wakeup;
	int nthreads;
	pthread_t *threads;
};

static struct request *tasks_take(struct tasks *tasks)
{
	struct request *request;

	pthread_mutex_lock(&tasks->lock);
	while (!(request = STAILQ_FIRST(&tasks->waiting)) && !tasks->stop)
		pthread_cond_wait(&tasks->more, &tasks->lock);
	if (request) {
		STAILQ_REMOVE_HEAD(&tasks->waiting, link);
		tasks->nwaiting--;
	}
	pthread_mutex_unlock(&tasks->lock);
	return request;
}

static void tasks_give_back(struct tasks *tasks, struct request *request)
{
	pthread_mutex_lock(&tasks->lock);
	STAILQ_INSERT_TAIL(&tasks->finished, request, link);
	pthread_mutex_unlock(&tasks->lock);
	loop_wake(tasks->wakeup);
}

static void *tasks_thread(void *arg)
{
	struct tasks *tasks = arg;
	struct session *session = NULL;
	struct request *request;

	if (tasks->config.database_url)
		session = session_open(tasks->config.database_url, "task",
				       tasks->config.statement_timeout_ms);
	while ((request = tasks_take(tasks))) {
		log_set_request(request->id);
		fault_scope(request->entry->route->path);
		if (request->supplying)
			request->entry->route->supply(request, session);
		else
			request->entry->route->task(request, session);
		if (session)
			session_settle(session);
		log_set_request(NULL);
		tasks_give_back(tasks, request);
	}
	session_close(session);
	return NULL;
}

static void on_finished(void *arg)
{
	struct tasks *tasks = arg;
	struct request_list finished = STAILQ_HEAD_INITIALIZER(finished);
	struct request *request;

	pthread_mutex_lock(&tasks->lock);
	STAILQ_CONCAT(&finished, &tasks->finished);
	pthread_mutex_unlock(&tasks->lock);
	while ((request = STAILQ_FIRST(&finished))) {
		STAILQ_REMOVE_HEAD(&finished, link);
		dispatch_finish(request);
	}
}

struct tasks *tasks_start(struct loop *loop, const struct tasks_config *config)
{
	struct tasks *tasks = xcalloc(1, sizeof(*tasks));

	pthread_mutex_init(&tasks->lock, NULL);
	pthread_cond_init(&tasks->more, NULL);
	STAILQ_INIT(&tasks->waiting);
	STAILQ_INIT(&tasks->finished);
	tasks->config = *config;
	if (config->database_url)
		tasks->config.database_url = xstrdup(config->database_url);
	tasks->wakeup = loop_wakeup_add(loop, on_finished, tasks);
	tasks->threads = xcalloc((size_t)config->threads, sizeof(*tasks->threads));
	for (; tasks->nthreads < config->threads; tasks->nthreads++) {
		if (pthread_create(&tasks->threads[tasks->nthreads], NULL, tasks_thread, tasks))
			die("cannot start a thread");
	}
	return tasks;
}

void tasks_stop(struct tasks *tasks)
{
	if (!tasks)
		return;
	pthread_mutex_lock(&tasks->lock);
	tasks->stop = true;
	pthread_cond_broadcast(&tasks->more);
	pthread_mutex_unlock(&tasks->lock);
	for (int i = 0; i < tasks->nthreads; i++)
		pthread_join(tasks->threads[i], NULL);
	loop_wakeup_remove(tasks->wakeup);
	free(tasks->threads);
	free((char *)tasks->config.database_url);
	free(tasks);
}

static bool has_room(const struct tasks *tasks, int64_t now)
{
	const struct request *oldest = STAILQ_FIRST(&tasks->waiting);

	return tasks->nwaiting < tasks->config.queue_max &&
	       (!oldest || now - oldest->queued_ms <= tasks->config.wait_ms);
}

bool tasks_submit(struct tasks *tasks, struct request *request)
{
	bool taken;

	request->queued_ms = clock_mono_ms();
	pthread_mutex_lock(&tasks->lock);
	taken = has_room(tasks, request->queued_ms);
	if (taken) {
		STAILQ_INSERT_TAIL(&tasks->waiting, request, link);
		tasks->nwaiting++;
		pthread_cond_signal(&tasks->more);
	}
	pthread_mutex_unlock(&tasks->lock);
	return taken;
}
