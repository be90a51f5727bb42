/* Consumers: a thread per row that fetches, applies once, acknowledges. */
#include "lib/events/consumer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/fault.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/db/session.h"
#include "lib/events/apply.h"
#include "lib/events/subscription.h"
#include "lib/http/metrics.h"

#define BATCH         64
#define LINGER_BATCH  256
#define UNACKED       2    /* batches: one is applied while the next one comes */
#define LINGER_MOST   1000 /* ms: far below the time until an event is delivered again */
#define FETCH_WAIT_MS 500  /* consumers_stop() waits so long at most */
#define REOPEN_MS     500
#define AWAY_MS       500  /* between tries while the database is away */
#define AGAIN_MS      1000 /* until an event that met a transient failure is delivered again */
#define JOBS_EVERY_MS 500
#define LOOK_EVERY_MS 2000 /* at the number of pending events */
#define STATEMENT_MS  5000
#define QUEUE_PREFIX  "event:"

struct thread {
	struct consumers *all;
	const struct consumer *row;
	char *name, *queue;
	struct applier applier;
	struct subscription *subscription; /* NULL: to be opened */
	int64_t jobs_ms, looked_ms;        /* when last */
	bool told;                         /* that it cannot be opened */
	_Atomic int64_t pending;           /* -1: unknown */
	pthread_t id;
};

struct consumers {
	struct bus *bus;
	consumers_wake_fn *wake;
	void *wake_arg;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	atomic_bool stop;
	struct thread *threads;
	size_t count;
};

/* --- one turn --------------------------------------------------------------------------------- */

static void rest(struct consumers *all, int ms)
{
	struct timespec until = clock_deadline(ms);

	pthread_mutex_lock(&all->lock);
	while (!all->stop && pthread_cond_timedwait(&all->changed, &all->lock, &until) == 0)
		;
	pthread_mutex_unlock(&all->lock);
}

static void wake_others(const struct thread *thread)
{
	if (thread->all->wake)
		thread->all->wake(thread->all->wake_arg, thread->row->wakes);
}

static int batch_of(const struct consumer *row)
{
	return row->linger_ms ? LINGER_BATCH : BATCH;
}

static void close_subscription(struct thread *thread)
{
	subscription_close(thread->subscription);
	thread->subscription = NULL;
	thread->pending = -1;
}

static bool open_subscription(struct thread *thread)
{
	const char *why = "";

	if (thread->subscription)
		return true;
	thread->subscription = subscription_open(thread->all->bus, thread->name,
						 thread->row->subject,
						 UNACKED * batch_of(thread->row), &why);
	if (thread->subscription) {
		thread->looked_ms = 0;
		log_info("consumer %s takes %s", thread->name, thread->row->subject);
	} else if (!thread->told) {
		log_warn("consumer %s waits: %s", thread->name, why);
	}
	thread->told = !thread->subscription;
	return thread->subscription;
}

/* After the commit. An acknowledgement that is lost only means that the event comes again. */
static void settle_messages(const struct thread *thread, const natsMsgList *list, bool settled)
{
	if (fault_point("consumer", thread->name, "ack.before"))
		return;
	for (int i = 0; i < list->Count; i++) {
		if (settled)
			natsMsg_Ack(list->Msgs[i], NULL);
		else
			natsMsg_NakWithDelay(list->Msgs[i], AGAIN_MS, NULL);
	}
}

static void apply_list(struct thread *thread, const natsMsgList *list)
{
	struct event events[LINGER_BATCH];
	size_t count = (size_t)list->Count;
	uint64_t before = thread->applier.made;
	bool settled;

	for (size_t i = 0; i < count; i++)
		event_parse(&events[i], natsMsg_GetData(list->Msgs[i]),
			    (size_t)natsMsg_GetDataLength(list->Msgs[i]));
	settled = apply_events(&thread->applier, events, count);
	if (thread->applier.made > before)
		wake_others(thread);
	settle_messages(thread, list, settled);
	for (size_t i = 0; i < count; i++)
		event_done(&events[i]);
	if (!settled)
		rest(thread->all, AWAY_MS);
}

/* A backlog fills the batch at once and does not wait. Who is killed here has acknowledged nothing. */
static void linger(struct thread *thread, natsMsgList *list)
{
	int most = batch_of(thread->row);

	if (!thread->row->linger_ms || list->Count == most)
		return;
	rest(thread->all, thread->row->linger_ms);
	subscription_more(thread->subscription, most, list);
}

static void fetch(struct thread *thread)
{
	natsMsgList list;

	switch (subscription_fetch(thread->subscription, batch_of(thread->row), FETCH_WAIT_MS,
				   &list)) {
	case FETCHED:
		linger(thread, &list);
		apply_list(thread, &list);
		break;
	case NOTHING:
		break;
	case LOST:
		close_subscription(thread);
		rest(thread->all, REOPEN_MS);
	}
	natsMsgList_Destroy(&list);
}

/* A consumer that was deleted with its stream shows here. */
static void look_pending(struct thread *thread, int64_t now_ms)
{
	if (thread->looked_ms && now_ms - thread->looked_ms < LOOK_EVERY_MS)
		return;
	thread->looked_ms = now_ms;
	thread->pending = subscription_pending(thread->subscription);
	if (thread->pending < 0)
		close_subscription(thread);
}

static void look_jobs(struct thread *thread, int64_t now_ms)
{
	if (thread->jobs_ms && now_ms - thread->jobs_ms < JOBS_EVERY_MS)
		return;
	thread->jobs_ms = now_ms;
	if (apply_jobs(&thread->applier) > 0)
		wake_others(thread);
}

static void *thread_main(void *arg)
{
	struct thread *thread = arg;

	fault_scope(thread->name);
	while (!thread->all->stop) {
		int64_t now_ms = clock_mono_ms();

		if (!session_connection(thread->applier.db)) {
			close_subscription(thread); /* others may have a database */
			rest(thread->all, AWAY_MS);
			continue;
		}
		look_jobs(thread, now_ms);
		if (!open_subscription(thread)) {
			rest(thread->all, REOPEN_MS);
			continue;
		}
		look_pending(thread, now_ms);
		if (thread->subscription)
			fetch(thread);
	}
	close_subscription(thread);
	return NULL;
}

/* --- all of them ------------------------------------------------------------------------------ */

static void thread_start(struct consumers *all, struct thread *thread, const struct consumer *row,
			 const char *service, const char *database_url)
{
	thread->all = all;
	thread->row = row;
	thread->name = xasprintf("%s-%s", service, row->sql->name);
	thread->queue = xasprintf(QUEUE_PREFIX "%s", thread->name);
	thread->pending = -1;
	thread->applier = (struct applier){
		.db = session_open(database_url, thread->name, STATEMENT_MS),
		.sql = row->sql,
		.consumer = thread->name,
		.queue = thread->queue,
		.unique = row->unique,
	};
	if (row->linger_ms > LINGER_MOST)
		die("consumer %s may not linger for %d ms", thread->name, row->linger_ms);
	applier_check(row->sql, thread->name);
	if (pthread_create(&thread->id, NULL, thread_main, thread) != 0)
		die("cannot start a thread");
}

struct consumers *consumers_start(const struct consumer *table, struct bus *bus,
				  const char *service, const char *database_url,
				  consumers_wake_fn *wake, void *arg)
{
	struct consumers *all = xcalloc(1, sizeof(*all));
	size_t rows = 0;

	all->bus = bus;
	all->wake = wake;
	all->wake_arg = arg;
	pthread_mutex_init(&all->lock, NULL);
	clock_cond_init(&all->changed);
	while (table[rows].subject)
		rows++;
	all->threads = xcalloc(rows ? rows : 1, sizeof(*all->threads));
	for (; all->count < rows; all->count++)
		thread_start(all, &all->threads[all->count], &table[all->count], service,
			     database_url);
	return all;
}

void consumers_stop(struct consumers *all)
{
	if (!all)
		return;
	pthread_mutex_lock(&all->lock);
	all->stop = true;
	pthread_cond_broadcast(&all->changed);
	pthread_mutex_unlock(&all->lock);
	for (size_t i = 0; i < all->count; i++) {
		struct thread *thread = &all->threads[i];

		pthread_join(thread->id, NULL);
		session_close(thread->applier.db);
		free(thread->name);
		free(thread->queue);
	}
	pthread_cond_destroy(&all->changed);
	pthread_mutex_destroy(&all->lock);
	free(all->threads);
	free(all);
}

/* --- what others may see ---------------------------------------------------------------------- */

static void state_of(const struct thread *thread, struct consumer_state *out)
{
	*out = (struct consumer_state){
		.name = thread->name,
		.subject = thread->row->subject,
		.pending = thread->pending,
		.applied = thread->applier.applied,
		.repeated = thread->applier.repeated,
		.failed = thread->applier.failed,
		.dead = thread->applier.dead,
	};
}

bool consumers_state(const struct consumers *all, size_t index, struct consumer_state *out)
{
	if (!all || index >= all->count)
		return false;
	state_of(&all->threads[index], out);
	return true;
}

void consumers_metrics(struct buf *out, void *consumers)
{
	static const struct {
		const char *name, *type, *help;
	} families[] = {
		{ "ecom_consumer_applied_total", "counter", "Events applied." },
		{ "ecom_consumer_repeated_total", "counter", "Events that were known already." },
		{ "ecom_consumer_failed_total", "counter", "Events that became jobs." },
		{ "ecom_consumer_dead_total", "counter", "Events given up." },
		{ "ecom_consumer_pending", "gauge", "Events not acknowledged; -1: unknown." },
	};
	struct consumer_state state;

	for (size_t family = 0; family < array_size(families); family++) {
		metrics_family(out, families[family].name, families[family].type,
			       families[family].help);
		for (size_t i = 0; consumers_state(consumers, i, &state); i++) {
			const double values[] = { (double)state.applied, (double)state.repeated,
						  (double)state.failed, (double)state.dead,
						  (double)state.pending };

			metrics_sample(out, families[family].name, values[family], "consumer",
				       state.name);
		}
	}
}
