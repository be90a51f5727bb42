/* Outbound calls: claim, call, settle. One thread per row, which never waits for one call alone. */
#include "lib/queue/outbound.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/fault.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/db/session.h"
#include "lib/http/metrics.h"
#include "lib/queue/transfer.h"

#define POLL_MS              200 /* a wake-up can be missed: another instance queued the call */
#define GAP_MS               3   /* between claims that find nothing, however often we are woken */
#define GATHER_MS            2   /* that an answer may wait for others to be settled with */
#define IN_FLIGHT            64
#define TIMEOUT_MS           10000
#define LEASE_MS             60000
#define CONNECT_MS           3000L
#define ANSWER_MAX           ((size_t)1 << 20)
#define STATEMENT_TIMEOUT_MS 30000

struct slot {
	struct outbound_call call;
	struct transfer transfer;
	const struct outbound *row;
	int64_t started_ms;
	struct slot *next; /* of the free or of the finished ones */
};

struct caller {
	struct outbound_loops *loops;
	const struct outbound *row;
	pthread_t id;
	struct session *db;
	CURLM *multi;
	_Atomic bool woken;

	struct slot *slots, *unused, *finished;
	int room, nfinished, in_flight;
	int64_t claim_ms;      /* when to claim next, unless woken */
	int64_t not_before_ms; /* and then not earlier than this */
	int64_t finished_ms;   /* since when the oldest of the finished waits */
	bool more;             /* the last claim was full */

	_Atomic uint64_t answered, unanswered;
	_Atomic int busy; /* in_flight, for other threads */
};

struct outbound_loops {
	struct caller *callers;
	size_t count;
	char *database_url;
	void (*wake)(void *arg, const char *whom);
	void *wake_arg;
	_Atomic bool stop;
};

static int64_t or_default(int64_t value, int64_t fallback)
{
	return value ? value : fallback;
}

/* --- one call --------------------------------------------------------------------------------- */

static void call_lost(struct outbound_call *call, const char *why)
{
	call->status = 0;
	buf_clear(&call->answer);
	snprintf(call->why, sizeof(call->why), "%s", why);
}

static void slot_finished(struct caller *caller, struct slot *slot)
{
	str_make_plain(slot->call.why); /* others wrote it: JSON and columns must take it */
	if (slot->started_ms)
		slot->call.took_ms = clock_mono_ms() - slot->started_ms;
	if (!caller->finished)
		caller->finished_ms = clock_mono_ms();
	atomic_fetch_add(slot->call.status ? &caller->answered : &caller->unanswered, 1);
	slot->next = caller->finished;
	caller->finished = slot;
	caller->nfinished++;
}

static bool slot_allows(void *arg, const struct sockaddr *address)
{
	const struct slot *slot = arg;

	return slot->row->allow(&slot->call, address);
}

static int64_t timeout_of(const struct caller *caller, const struct outbound_call *call)
{
	int64_t most = or_default(caller->row->timeout_ms, TIMEOUT_MS);

	return call->timeout_ms && call->timeout_ms < most ? call->timeout_ms : most;
}

static void slot_send(struct caller *caller, struct slot *slot)
{
	struct outbound_call *call = &slot->call;

	if (fault_point("outbound", caller->row->name, "before")) {
		call_lost(call, "fault point");
		slot_finished(caller, slot);
		return;
	}
	slot->started_ms = clock_mono_ms();
	transfer_start(&slot->transfer, caller->multi,
		       &(struct transfer_request){
			       .method = call->method,
			       .url = call->url,
			       .body = call->body,
			       .headers = call->headers,
			       .nheaders = OUTBOUND_HEADERS_MAX,
			       .timeout_ms = (long)timeout_of(caller, call),
			       .connect_ms = CONNECT_MS,
			       .answer_max = ANSWER_MAX,
			       .mail = call->mail,
			       .allow = caller->row->allow ? slot_allows : NULL,
			       .allow_arg = slot,
		       },
		       &call->answer, slot);
	caller->in_flight++;
}

static void slot_answered(struct caller *caller, struct slot *slot, CURLcode code)
{
	struct outbound_call *call = &slot->call;

	call->unsent = transfer_is_unsent(&slot->transfer, code);
	call->status = transfer_finish(&slot->transfer, caller->multi, code, call->why,
				       sizeof(call->why));
	caller->in_flight--;
	if (fault_point("outbound", caller->row->name, "after"))
		call_lost(call, "fault point");
	slot_finished(caller, slot);
}

/* --- claiming --------------------------------------------------------------------------------- */

static void slot_begin(struct caller *caller, const PGresult *rows, int row)
{
	struct slot *slot = caller->unused;
	struct outbound_call *call = &slot->call;
	const char *attempt = row_get_at(rows, row, "attempt");
	struct arena arena = call->arena;
	struct buf answer = call->answer;
	int64_t number = 1;

	caller->unused = slot->next;
	caller->room--;
	slot->row = caller->row;
	slot->started_ms = 0;
	str_to_int(attempt ? attempt : "1", 0, INT32_MAX, &number);
	*call = (struct outbound_call){ .arena = arena, .answer = answer, .attempt = (int)number };
	call->id = arena_strdup(&call->arena, row_get_at(rows, row, "id"));
	buf_clear(&call->answer); /* it is that of the slot's call before */
	if (caller->row->build(call, rows, row))
		slot_send(caller, slot);
	else
		slot_finished(caller, slot);
}

static int room_left(const struct caller *caller)
{
	const struct outbound *row = caller->row;
	int taken = (int)or_default(row->in_flight, IN_FLIGHT) - caller->room;
	int most = row->most ? row->most() - taken : caller->room;

	return most < caller->room ? most : caller->room;
}

/* Only as many as there is room for: what waits in the table, another instance may take. */
static void claim(struct caller *caller)
{
	const struct outbound *row = caller->row;
	PGresult *rows scoped(scoped_result) = NULL;
	char batch[16], lease[24];
	int room = room_left(caller);

	snprintf(batch, sizeof(batch), "%d", room);
	snprintf(lease, sizeof(lease), "%lld", (long long)or_default(row->lease_ms, LEASE_MS));
	atomic_store(&caller->woken, false);
	rows = session_query(caller->db, row->claim, "batch", batch, "lease_ms", lease);
	if (session_ok(rows)) {
		for (int i = 0; i < PQntuples(rows) && caller->room > 0; i++)
			slot_begin(caller, rows, i);
	}
	caller->more = room_left(caller) == 0;
	caller->claim_ms = clock_mono_ms() + POLL_MS;
	caller->not_before_ms = clock_mono_ms() + (room_left(caller) == room ? GAP_MS : 0);
}

/* In how many ms to claim; 0: now. */
static int64_t until_claim(const struct caller *caller, int64_t now)
{
	int64_t at = caller->claim_ms;

	if (room_left(caller) <= 0)
		return POLL_MS;
	if (caller->more || atomic_load(&caller->woken))
		at = caller->not_before_ms;
	return at > now ? at - now : 0;
}

/* --- settling --------------------------------------------------------------------------------- */

static void settle(struct caller *caller)
{
	struct outbound_call **calls = xcalloc((size_t)caller->nfinished,
					       sizeof(struct outbound_call *));
	size_t count = 0;

	for (struct slot *slot = caller->finished; slot; slot = slot->next)
		calls[count++] = &slot->call;
	caller->row->settle(caller->db, calls, count);
	session_settle(caller->db);
	free(calls);
	while (caller->finished) {
		struct slot *slot = caller->finished;

		caller->finished = slot->next;
		arena_reset(&slot->call.arena);
		slot->next = caller->unused;
		caller->unused = slot;
		caller->room++;
	}
	caller->nfinished = 0;
	if (caller->loops->wake)
		caller->loops->wake(caller->loops->wake_arg, caller->row->wakes);
}

/* In how many ms to settle; 0: now. At once when nothing else may come in. */
static int64_t until_settle(const struct caller *caller, int64_t now)
{
	int64_t at = caller->finished_ms + GATHER_MS;

	if (!caller->finished)
		return POLL_MS;
	return caller->in_flight > 0 && at > now ? at - now : 0;
}

/* --- the loop --------------------------------------------------------------------------------- */

static void collect(struct caller *caller)
{
	CURLMsg *message;
	int running, left;

	curl_multi_perform(caller->multi, &running);
	while ((message = curl_multi_info_read(caller->multi, &left))) {
		CURLcode code = message->data.result;

		if (message->msg == CURLMSG_DONE)
			slot_answered(caller, transfer_arg(message->easy_handle), code);
	}
}

static void turn(struct caller *caller)
{
	int64_t now = clock_mono_ms(), claim_in, settle_in;

	if (until_claim(caller, now) == 0)
		claim(caller);
	collect(caller);
	now = clock_mono_ms();
	if (until_settle(caller, now) == 0 && caller->finished)
		settle(caller);
	atomic_store(&caller->busy, caller->in_flight);
	now = clock_mono_ms();
	claim_in = until_claim(caller, now);
	settle_in = until_settle(caller, now);
	curl_multi_poll(caller->multi, NULL, 0, (int)(claim_in < settle_in ? claim_in : settle_in),
			NULL);
}

static void caller_open(struct caller *caller)
{
	int count = (int)or_default(caller->row->in_flight, IN_FLIGHT);

	caller->multi = curl_multi_init();
	if (!caller->multi)
		die("out of memory");
	curl_multi_setopt(caller->multi, CURLMOPT_MAXCONNECTS, (long)count);
	caller->slots = xcalloc((size_t)count, sizeof(*caller->slots));
	for (int i = 0; i < count; i++) {
		caller->slots[i].next = caller->unused;
		caller->unused = &caller->slots[i];
	}
	caller->room = count;
}

/* Whatever is under way is given up, as if we had been killed: the lease brings it back. */
static void caller_close(struct caller *caller)
{
	int count = (int)or_default(caller->row->in_flight, IN_FLIGHT);

	for (int i = 0; i < count; i++) {
		struct slot *slot = &caller->slots[i];

		if (slot->transfer.easy)
			curl_multi_remove_handle(caller->multi, slot->transfer.easy);
		transfer_done(&slot->transfer);
		arena_free(&slot->call.arena);
		buf_free(&slot->call.answer);
	}
	free(caller->slots);
	curl_multi_cleanup(caller->multi);
}

static void *caller_thread(void *arg)
{
	struct caller *caller = arg;

	fault_scope(caller->row->name);
	caller->db = session_open(caller->loops->database_url, caller->row->name,
				  STATEMENT_TIMEOUT_MS);
	while (!atomic_load(&caller->loops->stop))
		turn(caller);
	session_close(caller->db);
	return NULL;
}

struct outbound_loops *outbound_start(const struct outbound *table, const char *database_url,
				      void (*wake)(void *arg, const char *whom), void *arg)
{
	struct outbound_loops *loops = xcalloc(1, sizeof(*loops));
	size_t rows = 0;

	while (table[rows].name)
		rows++;
	loops->database_url = xstrdup(database_url);
	loops->wake = wake;
	loops->wake_arg = arg;
	loops->callers = xcalloc(rows, sizeof(*loops->callers));
	for (; loops->count < rows; loops->count++) {
		struct caller *caller = &loops->callers[loops->count];

		caller->loops = loops;
		caller->row = &table[loops->count];
		caller_open(caller);
		if (pthread_create(&caller->id, NULL, caller_thread, caller))
			die("cannot start a thread");
	}
	return loops;
}

void outbound_wake(struct outbound_loops *loops, const char *name)
{
	for (size_t i = 0; i < loops->count; i++) {
		struct caller *caller = &loops->callers[i];

		if (name && !str_eq(caller->row->name, name))
			continue;
		atomic_store(&caller->woken, true);
		curl_multi_wakeup(caller->multi);
	}
}

void outbound_stop(struct outbound_loops *loops)
{
	if (!loops)
		return;
	atomic_store(&loops->stop, true);
	outbound_wake(loops, NULL);
	for (size_t i = 0; i < loops->count; i++) {
		pthread_join(loops->callers[i].id, NULL);
		caller_close(&loops->callers[i]);
	}
	free(loops->callers);
	free(loops->database_url);
	free(loops);
}

void outbound_metrics(struct buf *out, void *arg)
{
	const struct outbound_loops *loops = arg;

	metrics_family(out, "ecom_outbound_calls_total", "counter",
		       "Calls to the outside that ended, with an answer or without.");
	for (size_t i = 0; i < loops->count; i++) {
		const struct caller *caller = &loops->callers[i];

		metrics_sample(out, "ecom_outbound_calls_total", (double)caller->answered, "call",
			       caller->row->name, "answered", "yes");
		metrics_sample(out, "ecom_outbound_calls_total", (double)caller->unanswered, "call",
			       caller->row->name, "answered", "no");
	}
	metrics_family(out, "ecom_outbound_in_flight", "gauge", "Calls that wait for an answer.");
	for (size_t i = 0; i < loops->count; i++)
		metrics_sample(out, "ecom_outbound_in_flight", loops->callers[i].busy, "call",
			       loops->callers[i].row->name);
}
