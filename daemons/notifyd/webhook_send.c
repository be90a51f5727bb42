/* Sending webhooks. */
#include "daemons/notifyd/webhook_send.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemons/notifyd/notifyd.h"
#include "daemons/notifyd/sql.h"
#include "daemons/notifyd/webhook_address.h"
#include "daemons/notifyd/webhook_url.h"
#include "lib/auth/webhook_sign.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/daemon/daemon.h"
#include "lib/db/session.h"
#include "lib/term/escape.h"

/* --- a row to a request ----------------------------------------------------------------------- */

static const char *header(struct outbound_call *call, const char *name, const char *value)
{
	char *text scoped(scoped_free) = xasprintf("%s: %s", name, value);

	return arena_strdup(&call->arena, text);
}

static bool cannot(struct outbound_call *call, const char *why)
{
	snprintf(call->why, sizeof(call->why), "%s", why);
	return false;
}

/* The time is that of the attempt: receivers refuse what is older than some minutes. */
bool webhook_build(struct outbound_call *call, const PGresult *rows, int row)
{
	const char *url = row_get_at(rows, row, "url"), *body = row_get_at(rows, row, "body");
	const char *id = row_get_at(rows, row, "message");
	const char *secrets = row_get_at(rows, row, "secrets");
	char *signature scoped(scoped_free) = NULL;
	char seconds[24];
	int64_t now = clock_real_s();

	if (!url || webhook_url_fault(url))
		return cannot(call, "the URL is not allowed (any more)");
	signature = secrets ? webhook_sign(secrets, id, now, body) : NULL;
	if (!signature)
		return cannot(call, "there is no secret to sign with");
	snprintf(seconds, sizeof(seconds), "%" PRId64, now);
	call->method = "POST";
	call->url = arena_strdup(&call->arena, url);
	call->body = arena_strdup(&call->arena, body);
	call->timeout_ms = options_int(notifyd_service->options, "webhook_timeout");
	call->headers[0] = "Content-Type: application/json";
	call->headers[1] = "User-Agent: ecom-webhook/1";
	call->headers[2] = header(call, "webhook-id", id);
	call->headers[3] = header(call, "webhook-timestamp", seconds);
	call->headers[4] = header(call, "webhook-signature", signature);
	return true;
}

bool webhook_allow(const struct outbound_call *call, const struct sockaddr *address)
{
	return webhook_address_is_allowed(address, webhook_url_is_tls(call->url));
}

/* --- answers ---------------------------------------------------------------------------------- */

static json_t *beginning(const struct buf *answer)
{
	struct buf shown = BUF_INIT(0);
	size_t len = answer->len < WEBHOOK_ANSWER_MAX ? answer->len : WEBHOOK_ANSWER_MAX;
	json_t *text;

	if (len == 0)
		return NULL;
	term_escape(&shown, answer->data, len);
	text = json_stringn(shown.data, shown.len);
	buf_free(&shown);
	return text;
}

static const char *error_of(const struct outbound_call *call)
{
	if (call->status == 0)
		return *call->why ? call->why : "no answer";
	if (call->status >= 300 && call->status < 400)
		return "a redirect is not followed";
	return call->status >= 200 && call->status < 300 ? NULL : "refused by the receiver";
}

static json_t *answer_of(struct outbound_call *call)
{
	json_t *status = call->status ? json_integer(call->status) : NULL;

	return json_pack("{s:s, s:i, s:I, s:o*, s:s*, s:o*}", "delivery", call->id, "attempt",
			 call->attempt, "duration_ms", (json_int_t)call->took_ms, "status", status,
			 "error", error_of(call), "answer", beginning(&call->answer));
}

static PGresult *store(struct session *db, const char *answers)
{
	return session_query(db, SQL(webhook_settle), "answers", answers);
}

void webhook_settle(struct session *db, struct outbound_call *const *calls, size_t count)
{
	static const struct outbound_answers kind = { "webhooks", answer_of, store };

	outbound_settle(db, &kind, calls, count);
}
