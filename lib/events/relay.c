/* The outbox relay: outbox rows to JetStream, in order, and a mark after the acknowledgement. */
#include "lib/events/relay.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/fault.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/db/session.h"
#include "lib/db/sql.h"
#include "lib/events/bus.h"
#include "lib/events/stream.h"

#define BATCH_MAX        256
#define BATCH_TEXT       "256"
#define POLL_MS          200  /* a lost wake-up costs no more than this */
#define GAP_MIN_MS       3    /* after a turn that was woken for nothing, and doubled each time: */
#define GAP_MAX_MS       48   /* most commits of most services leave no event */
#define LOCK_RETRY_MS    2000 /* another instance relays */
#define BACKOFF_MIN_MS   250
#define BACKOFF_MAX_MS   5000
#define ACK_WAIT_MS      2000
#define COUNT_EVERY_MS   2000 /* what is unsent, for the metrics */
#define STATEMENT_MS     5000
#define LOG_EVERY_FAILED 20

/* A row on its way. */
struct sent_row {
	char id[24];
	bool acked;
};

struct relay {
	struct bus *bus;
	char *stream;
	struct session *db;
	int lock_owner; /* backend that holds the advisory lock; 0: none of ours */
	jsCtx *js;

	pthread_t thread;
	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t woken;
	bool wake, stop;
	bool listening; /* the thread waits for a wake-up: else none is signalled */
	/* The thread's own. */
	bool called; /* this turn was for a wake-up, not for the poll */
	int gap_ms;
	struct sent_row rows[BATCH_MAX];
	int count;

	int64_t counted_ms; /* when last; 0: never */
	_Atomic uint64_t sent;
	_Atomic int64_t unsent;
	_Atomic double lag_seconds;
};

/* The delivery thread tells what became of a message; it owns the message. */
static void on_ack(jsCtx *js, natsMsg *message, jsPubAck *ack, jsPubAckErr *error, void *arg)
{
	struct relay *relay = arg;
	const char *id = NULL;

	(void)js;
	(void)error;
	if (ack && natsMsgHeader_Get(message, "Nats-Msg-Id", &id) == NATS_OK)
		id = strrchr(id, '-');
	pthread_mutex_lock(&relay->lock);
	for (int i = 0; id && i < relay->count; i++)
		relay->rows[i].acked |= str_eq(relay->rows[i].id, id + 1);
	pthread_mutex_unlock(&relay->lock);
	natsMsg_Destroy(message);
}

/* A context on a stream that exists, or NULL. */
static jsCtx *jetstream_open(struct relay *relay)
{
	jsOptions options;
	jsCtx *js;

	jsOptions_Init(&options);
	options.PublishAsync.AckHandler = on_ack;
	options.PublishAsync.AckHandlerClosure = relay;
	js = bus_jetstream(relay->bus, &options);
	if (js && !stream_ensure(js, relay->stream)) {
		jsCtx_Destroy(js);
		return NULL;
	}
	return js;
}

/* The lock belongs to a connection, and the session may have made a new one. */
static bool lock_hold(struct relay *relay)
{
	PGconn *connection = session_connection(relay->db);
	PGresult *row scoped(scoped_result) = NULL;
	const char *locked;

	if (connection && relay->lock_owner && PQbackendPID(connection) == relay->lock_owner)
		return true;
	relay->lock_owner = 0;
	row = session_query(relay->db, SQL(relay_try_lock));
	locked = row_get(row, "locked");
	connection = session_connection(relay->db);
	if (connection && locked && str_eq(locked, "t"))
		relay->lock_owner = PQbackendPID(connection);
	return relay->lock_owner != 0;
}

static bool publish(struct relay *relay, const PGresult *rows, int row)
{
	const char *message = row_get_at(rows, row, "message");
	char id[64];
	jsPubOptions options;

	jsPubOptions_Init(&options);
	snprintf(id, sizeof(id), "%s-%s", relay->stream, row_get_at(rows, row, "id"));
	options.MsgId = id;
	return js_PublishAsync(relay->js, row_get_at(rows, row, "subject"), message,
			       (int)strlen(message), &options) == NATS_OK;
}

/* Takes back what was not acknowledged in time, so that a late answer finds nothing. */
static void pending_forget(struct relay *relay)
{
	natsMsgList pending = { 0 };

	if (js_PublishAsyncGetPendingList(&pending, relay->js) == NATS_OK)
		natsMsgList_Destroy(&pending);
}

static bool publish_all(struct relay *relay, const PGresult *rows)
{
	jsPubOptions wait;
	bool ok = true;

	pthread_mutex_lock(&relay->lock);
	relay->count = PQntuples(rows);
	for (int i = 0; i < relay->count; i++) {
		relay->rows[i].acked = false;
		snprintf(relay->rows[i].id, sizeof(relay->rows[i].id), "%s",
			 row_get_at(rows, i, "id"));
	}
	pthread_mutex_unlock(&relay->lock);
	for (int i = 0; ok && i < PQntuples(rows); i++)
		ok = publish(relay, rows, i);
	jsPubOptions_Init(&wait);
	wait.MaxWait = ACK_WAIT_MS;
	if (js_PublishAsyncComplete(relay->js, &wait) != NATS_OK) {
		pending_forget(relay);
		ok = false;
	}
	return ok;
}

/* The acknowledged rows as a PostgreSQL array; returns how many. */
static int acked_list(struct relay *relay, struct buf *ids)
{
	int acked = 0;

	pthread_mutex_lock(&relay->lock);
	for (int i = 0; i < relay->count; i++) {
		if (relay->rows[i].acked)
			buf_addf(ids, "%c%s", acked++ ? ',' : '{', relay->rows[i].id);
	}
	relay->count = 0;
	pthread_mutex_unlock(&relay->lock);
	buf_addc(ids, '}');
	return acked;
}

static bool mark_sent(struct relay *relay, int *acked)
{
	struct buf buf = BUF_INIT(BATCH_MAX * sizeof(struct sent_row));
	char *ids scoped(scoped_free) = NULL;
	PGresult *result scoped(scoped_result) = NULL;

	*acked = acked_list(relay, &buf);
	ids = buf_steal(&buf);
	if (*acked == 0)
		return true;
	result = session_query(relay->db, SQL(relay_mark_sent), "ids", ids);
	if (!session_ok(result))
		return false; /* they will be published again, with the same Nats-Msg-Id */
	atomic_fetch_add(&relay->sent, (uint64_t)*acked);
	return true;
}

enum outcome { EMPTY, IDLE, MORE, STANDBY, FAILED }; /* the first two wait to be woken */

/* One batch. */
static enum outcome relay_turn(struct relay *relay)
{
	PGresult *rows scoped(scoped_result) = NULL;
	int count, acked;
	bool published;

	if (!lock_hold(relay))
		return session_connection(relay->db) ? STANDBY : FAILED;
	rows = session_query(relay->db, SQL(relay_list_unsent), "stream", relay->stream, "limit",
			     BATCH_TEXT);
	if (!session_ok(rows))
		return FAILED;
	count = PQntuples(rows);
	if (count == 0)
		return EMPTY;
	if (!relay->js)
		relay->js = jetstream_open(relay);
	if (!relay->js)
		return FAILED;
	if (fault_point("relay", "publish", "before"))
		return FAILED;
	published = publish_all(relay, rows);
	if (fault_point("relay", "publish", "after"))
		return FAILED;
	if (!mark_sent(relay, &acked))
		return FAILED;
	if (published && acked == count)
		return count == BATCH_MAX ? MORE : IDLE;
	/* The stream may be gone, or the connection another one: look afresh. */
	jsCtx_Destroy(relay->js);
	relay->js = NULL;
	return FAILED;
}

/* Also while another instance relays, so that each tells the same. */
static void count_unsent(struct relay *relay)
{
	int64_t now_ms = clock_mono_ms(), unsent = 0;
	PGresult *row scoped(scoped_result) = NULL;
	const char *age;

	if (relay->counted_ms && now_ms - relay->counted_ms < COUNT_EVERY_MS)
		return;
	row = session_query(relay->db, SQL(relay_count_unsent));
	if (!session_ok(row))
		return;
	relay->counted_ms = now_ms;
	age = row_get(row, "age");
	str_to_int(row_get(row, "unsent"), 0, INT64_MAX, &unsent);
	atomic_store(&relay->unsent, unsent);
	atomic_store(&relay->lag_seconds, age ? strtod(age, NULL) : 0);
}

/* False when it is time to stop. relay_wake() does not shorten a wait that is not wakeable, so that
 * nothing hammers a broken server; it is remembered for the next one that is. */
static bool wait_ms(struct relay *relay, int ms, bool wakeable)
{
	struct timespec until = clock_deadline(ms);
	bool go_on;
	int expired = 0;

	pthread_mutex_lock(&relay->lock);
	relay->listening = wakeable;
	while (!relay->stop && !(relay->wake && wakeable) && !expired)
		expired = pthread_cond_timedwait(&relay->woken, &relay->lock, &until);
	relay->listening = false;
	relay->called = wakeable && relay->wake;
	if (wakeable)
		relay->wake = false;
	go_on = !relay->stop;
	pthread_mutex_unlock(&relay->lock);
	return go_on;
}

/* A commit that leaves no event wakes us as any other: those that come in the gap are looked for
 * together. */
static bool wait_gap(struct relay *relay, enum outcome outcome)
{
	if (outcome != EMPTY || !relay->called) {
		relay->gap_ms = GAP_MIN_MS;
		return true;
	}
	if (!wait_ms(relay, relay->gap_ms, false))
		return false;
	relay->gap_ms = 2 * relay->gap_ms < GAP_MAX_MS ? 2 * relay->gap_ms : GAP_MAX_MS;
	return true;
}

static int back_off_ms(int failures)
{
	int ms = BACKOFF_MIN_MS;

	for (int i = 1; i < failures && ms < BACKOFF_MAX_MS; i++)
		ms *= 2;
	return ms < BACKOFF_MAX_MS ? ms : BACKOFF_MAX_MS;
}

static void *relay_main(void *arg)
{
	static const int pause_ms[] = {
		[EMPTY] = POLL_MS, [IDLE] = POLL_MS, [MORE] = 0, [STANDBY] = LOCK_RETRY_MS
	};
	struct relay *relay = arg;
	int failures = 0;
	bool go_on = true;

	while (go_on) {
		enum outcome outcome = relay_turn(relay);

		count_unsent(relay);
		failures = outcome == FAILED ? failures + 1 : 0;
		if (failures && failures % LOG_EVERY_FAILED == 0)
			log_warn("events wait in the outbox: %s",
				 relay->lock_owner ? "JetStream does not take them"
						   : "the database is away");
		if (outcome == FAILED)
			go_on = wait_ms(relay, back_off_ms(failures), false);
		else
			go_on = wait_gap(relay, outcome) &&
				wait_ms(relay, pause_ms[outcome], outcome <= IDLE);
	}
	return NULL;
}

struct relay *relay_start(struct bus *bus, const char *database_url, const char *stream)
{
	struct relay *relay = xcalloc(1, sizeof(*relay));

	relay->bus = bus;
	relay->gap_ms = GAP_MIN_MS;
	relay->stream = xstrdup(stream);
	relay->db = session_open(database_url, "relay", STATEMENT_MS);
	pthread_mutex_init(&relay->lock, NULL);
	clock_cond_init(&relay->woken);
	if (pthread_create(&relay->thread, NULL, relay_main, relay) != 0)
		die("cannot start the outbox relay's thread");
	return relay;
}

void relay_stop(struct relay *relay)
{
	if (!relay)
		return;
	pthread_mutex_lock(&relay->lock);
	relay->stop = true;
	pthread_cond_signal(&relay->woken);
	pthread_mutex_unlock(&relay->lock);
	pthread_join(relay->thread, NULL);
	jsCtx_Destroy(relay->js);
	session_close(relay->db);
	pthread_cond_destroy(&relay->woken);
	pthread_mutex_destroy(&relay->lock);
	free(relay->stream);
	free(relay);
}

void relay_wake(struct relay *relay)
{
	if (!relay)
		return;
	pthread_mutex_lock(&relay->lock);
	relay->wake = true;
	if (relay->listening)
		pthread_cond_signal(&relay->woken);
	pthread_mutex_unlock(&relay->lock);
}

uint64_t relay_sent(const struct relay *relay)
{
	return relay->sent;
}

int64_t relay_unsent(const struct relay *relay)
{
	return relay->unsent;
}

double relay_lag_seconds(const struct relay *relay)
{
	return relay->lag_seconds;
}
