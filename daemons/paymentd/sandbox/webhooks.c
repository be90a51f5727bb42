/* The sandbox's own webhooks, and its clock. */
#include "daemons/paymentd/sandbox/sandbox.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemons/paymentd/paymentd.h"
#include "daemons/paymentd/signature.h"
#include "daemons/paymentd/sql.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/daemon/daemon.h"
#include "lib/db/session.h"

static const char *target(struct arena *arena)
{
	const char *url = options_str(paymentd_service->options, "sandbox_webhook_url");
	const char *base = sandbox_base(arena);

	if (url)
		return url;
	return base ? arena_printf(arena, "%s/v1/webhooks/sandbox", base) : NULL;
}

bool sandbox_webhook_build(struct outbound_call *call, const PGresult *rows, int row)
{
	char mac[SIGNATURE_HEX_SIZE];
	int64_t now = clock_real_s();

	call->url = target(&call->arena);
	if (!call->url)
		return false;
	call->method = "POST";
	call->body = arena_strdup(&call->arena, row_get_at(rows, row, "body"));
	signature_make(row_get_at(rows, row, "secret"), now, call->body, strlen(call->body), mac);
	call->headers[0] = "Content-Type: application/json";
	call->headers[1] = arena_printf(&call->arena, SANDBOX_SIGNATURE ": t=%" PRId64 ",v1=%s",
					now, mac);
	return true;
}

static json_t *answer_of(struct outbound_call *call)
{
	return json_pack("{s:s, s:b}", "id", call->id, "taken",
			 call->status >= 200 && call->status < 300);
}

static PGresult *store(struct session *db, const char *answers)
{
	return session_query(db, SQL(sandbox_settle_webhooks), "answers", answers);
}

void sandbox_webhook_settle(struct session *db, struct outbound_call *const *calls, size_t count)
{
	static const struct outbound_answers kind = { "webhooks of the sandbox", answer_of, store };

	outbound_settle(db, &kind, calls, count);
}

enum job_result sandbox_tick(struct session *db, const struct job *job)
{
	PGresult *passed scoped(scoped_result) = session_query(db, SQL(sandbox_tick));

	(void)job;
	if (session_ok(passed))
		return JOB_DONE;
	job_reason("%s", PQresultErrorMessage(passed));
	return JOB_RETRY;
}
