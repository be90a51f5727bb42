/*
 * Sending. What a server answers is definite: 2yz is sent, 4yz is tried again with a growing back-off,
 * 5yz never (RFC 5321, section 4.2.1). No answer is neither: it is sent again, with the same Message-ID.
 * That nobody can be reached is no fault of the message: the channel waits, and the message's tries are
 * not counted.
 */
#include "daemons/notifyd/send.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "daemons/notifyd/notifyd.h"
#include "daemons/notifyd/send_metrics.h"
#include "daemons/notifyd/sql.h"
#include "daemons/notifyd/transport.h"
#include "lib/base/log.h"
#include "lib/base/str.h"
#include "lib/daemon/daemon.h"
#include "lib/db/session.h"

#define BACKOFF_MS      1000
#define BACKOFF_MOST_MS (15 * 60 * 1000)

static const char *const outcomes[] = { [SEND_DONE] = "sent",
					[SEND_RETRY] = "retry",
					[SEND_REFUSED] = "refused",
					[SEND_DOWN] = "down" };

/* What a call is about; in its arena. */
struct sending {
	struct message message;
	const struct transport *transport;
	const char *channel;
	int64_t tries;
	bool called;
};

/* What goes nowhere keeps no server busy. */
int send_most(void)
{
	if (!transport_of("email")->remote)
		return SEND_IN_FLIGHT;
	return (int)options_int(notifyd_service->options, "sends_in_flight");
}

/* --- from rows -------------------------------------------------------------------------------- */

static void message_read(struct outbound_call *call, struct message *message, const PGresult *rows,
			 int row)
{
	struct arena *arena = &call->arena;

	*message = (struct message){
		.id = call->id,
		.template = row_text_at(arena, rows, row, "template"),
		.recipient = row_text_at(arena, rows, row, "recipient"),
		.subject = row_text_at(arena, rows, row, "subject"),
		.text = row_text_at(arena, rows, row, "text"),
		.html = row_text_at(arena, rows, row, "html"),
		.sender = row_text_at(arena, rows, row, "sender"),
		.shop = row_text_at(arena, rows, row, "shop"),
		.reply_to = row_text_at(arena, rows, row, "reply_to"),
		.unsubscribe = row_text_at(arena, rows, row, "unsubscribe"),
		.is_secret = str_eq(row_get_at(rows, row, "category"), "account"),
		.created_s = row_int_at(rows, row, "created"),
	};
}

bool send_build(struct outbound_call *call, const PGresult *rows, int row)
{
	struct sending *sending = arena_zalloc(&call->arena, sizeof(*sending));

	call->arg = sending;
	sending->channel = row_text_at(&call->arena, rows, row, "channel");
	sending->transport = transport_of(sending->channel);
	sending->tries = row_int_at(rows, row, "tries");
	message_read(call, &sending->message, rows, row);
	if (!sending->message.text) {
		call->status = 550;
		snprintf(call->why, sizeof(call->why), "it has no text");
		return false;
	}
	if (!sending->transport->html)
		sending->message.html = NULL;
	sending->called = sending->transport->send(call, &sending->message);
	return sending->called;
}

/* --- to states -------------------------------------------------------------------------------- */

/* Full jitter: anything up to the doubled time, so that what failed together comes apart. */
static int64_t backoff(int64_t tries)
{
	int64_t ms = BACKOFF_MS;

	for (int64_t i = 0; i < tries && ms < BACKOFF_MOST_MS; i++)
		ms *= 2;
	if (ms > BACKOFF_MOST_MS)
		ms = BACKOFF_MOST_MS;
	return 1 + (int64_t)randombytes_uniform((uint32_t)ms);
}

static enum send_outcome read_code(const struct outbound_call *call)
{
	if (call->unsent)
		return SEND_DOWN;
	/* 421: the service is closing, whatever the mail. */
	if (call->status == 421)
		return SEND_DOWN;
	if (call->status >= 200 && call->status < 300)
		return SEND_DONE;
	return call->status >= 500 ? SEND_REFUSED : SEND_RETRY;
}

/* A server may quote what it refuses, and the link of an account is not for who reads about it. */
static const char *why_of(const struct outbound_call *call, bool has_code)
{
	const struct sending *sending = call->arg;

	if (has_code && sending->message.is_secret)
		return "refused by the server";
	return *call->why ? call->why : "no answer";
}

static json_t *answer_of(struct outbound_call *call)
{
	const struct sending *sending = call->arg;
	const struct transport *transport = sending->transport;
	enum send_outcome outcome = transport->read ? transport->read(call) : read_code(call);
	bool done = outcome == SEND_DONE,
	     has_code = sending->called && call->status && !call->unsent;
	const char *why = done ? NULL : why_of(call, has_code);

	send_count(sending->channel, outcome);
	if (!done)
		log_info("notification %s: %s by %s: %s (code %d)", call->id, outcomes[outcome],
			 transport->name, sending->message.is_secret ? "no details" : why,
			 call->status);
	return json_pack(
		"{s:s, s:i, s:s, s:s, s:s, s:o*, s:s*, s:I, s:s*, s:s*}", "id", call->id, "attempt",
		call->attempt, "channel", sending->channel, "transport", transport->name, "outcome",
		outcomes[outcome], "code", has_code ? json_integer(call->status) : NULL, "error",
		why, "retry_ms", (json_int_t)(outcome == SEND_RETRY ? backoff(sending->tries) : 0),
		"message_id",
		done && transport->message_id ? transport->message_id(call, &sending->message)
					      : NULL,
		"reason", outcome == SEND_REFUSED && !sending->called ? "invalid" : NULL);
}

static PGresult *store(struct session *db, const char *answers)
{
	const struct options *options = notifyd_service->options;
	char give_up[24], most[24];

	snprintf(give_up, sizeof(give_up), "%lld",
		 (long long)options_int(options, "give_up_after"));
	snprintf(most, sizeof(most), "%lld", (long long)options_int(options, "smtp_wait_most"));
	return session_query(db, SQL(settle_sends), "answers", answers, "give_up_ms", give_up,
			     "most_ms", most);
}

/* Whose mails cannot be made to last has delivered none of them. */
static void flush(struct outbound_call *const *calls, size_t count)
{
	const struct transport *flushed = NULL;
	int error = 0;

	for (size_t i = 0; i < count; i++) {
		const struct sending *sending = calls[i]->arg;
		const struct transport *transport = sending->transport;

		if (!transport->flush || calls[i]->status != 250)
			continue;
		if (transport != flushed)
			error = transport->flush() ? 0 : errno;
		flushed = transport;
		if (!error)
			continue;
		calls[i]->status = 0;
		calls[i]->unsent = true;
		snprintf(calls[i]->why, sizeof(calls[i]->why), "%s: cannot be stored: %s",
			 transport->name, strerror(error));
	}
}

void send_settle(struct session *db, struct outbound_call *const *calls, size_t count)
{
	static const struct outbound_answers kind = { "mails and messages", answer_of, store };

	flush(calls, count);
	outbound_settle(db, &kind, calls, count);
}
