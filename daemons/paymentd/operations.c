/*
 * Calls to providers. An answer is definite or it is not: what is not (none came, 5xx, 409, 429) is
 * asked again with the operation's id as key, for as long as it takes.
 */
#include "daemons/paymentd/operations.h"

#include <string.h>

#include <sodium.h>

#include "daemons/paymentd/provider.h"
#include "daemons/paymentd/sql.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/db/session.h"

#define BACKOFF_MS         500
#define BACKOFF_MOST_MS    5000
#define PATIENCE           100 /* attempts, after which we ask more rarely */
#define BACKOFF_PATIENT_MS 60000

static const char *const kinds[OPERATION_KINDS] = {
	[AUTHORIZE] = "authorize", [CAPTURE] = "capture", [VOID] = "void",
	[REFUND] = "refund",       [RENEW] = "renew",     [QUERY] = "query",
};

static const char *const outcomes[] = {
	[OUTCOME_UNKNOWN] = "unknown",
	[OUTCOME_PENDING] = "pending",
	[OUTCOME_SUCCEEDED] = "succeeded",
	[OUTCOME_FAILED] = "failed",
};

/* --- rows to requests ------------------------------------------------------------------------- */

static enum operation_kind kind_of(const char *name)
{
	enum operation_kind kind = AUTHORIZE;

	while (kind < QUERY && !str_eq(kinds[kind], name))
		kind++;
	return kind;
}

static struct operation *operation_of(struct outbound_call *call, const PGresult *rows, int row)
{
	struct arena *arena = &call->arena;
	struct operation *operation = arena_zalloc(arena, sizeof(*operation));

	*operation = (struct operation){
		.id = row_text_at(arena, rows, row, "id"),
		.kind = kind_of(row_get_at(rows, row, "kind")),
		.attempt = (int)row_int_at(rows, row, "attempt"),
		.age_s = row_int_at(rows, row, "age_s"),
		.amount = row_int_at(rows, row, "amount"),
		.final = str_eq(row_get_at(rows, row, "final"), "t"),
		.reference = row_text_at(arena, rows, row, "reference"),
		.memo = row_text_at(arena, rows, row, "memo"),
		.payment = row_text_at(arena, rows, row, "payment_id"),
		.order = row_text_at(arena, rows, row, "order_id"),
		.number = row_text_at(arena, rows, row, "number"),
		.provider = row_text_at(arena, rows, row, "provider"),
		.currency = row_text_at(arena, rows, row, "currency"),
		.token = row_text_at(arena, rows, row, "token"),
		.payment_reference = row_text_at(arena, rows, row, "payment_reference"),
		.is_cancelled = str_eq(row_get_at(rows, row, "intent"), "cancel"),
		.deadline_s = row_int_at(rows, row, "deadline_s"),
	};
	return operation;
}

bool operations_build(struct outbound_call *call, const PGresult *rows, int row)
{
	struct operation *operation = operation_of(call, rows, row);
	const struct provider *provider = provider_find(operation->provider);
	bool is_query = operation->kind == QUERY || operation->reference;

	call->arg = operation;
	if (!provider) {
		snprintf(call->why, sizeof(call->why), "this version has no provider %s",
			 operation->provider ? operation->provider : "(none)");
		return false;
	}
	return is_query && provider->query ? provider->query(call, operation)
					   : provider->request(call, operation);
}

/* --- answers to events ------------------------------------------------------------------------ */

/* Half of it by chance, so that what failed together is not repeated together. */
static int64_t backoff(int attempt)
{
	int64_t ms = BACKOFF_MS, most = attempt > PATIENCE ? BACKOFF_PATIENT_MS : BACKOFF_MOST_MS;

	while (--attempt > 0 && ms < most)
		ms *= 2;
	ms = ms < most ? ms : most;
	return ms / 2 + randombytes_uniform((uint32_t)(ms / 2));
}

static bool is_definite(int status)
{
	return status >= 200 && status < 500 && status != 401 && status != 403 && status != 408 &&
	       status != 409 && status != 425 && status != 429;
}

static json_t *event_of(const struct provider_answer *answer)
{
	if (!answer->event)
		return NULL;
	return json_pack("{s:s, s:I, s:b, s:I, s:O*, s:s*}", "kind", answer->event, "amount",
			 (json_int_t)answer->amount, "releases", answer->releases, "fee",
			 (json_int_t)answer->fee, "next_action", answer->next_action,
			 "hold_ends_at", answer->hold_ends_at);
}

static json_t *settlement(const struct operation *operation, const struct provider_answer *answer)
{
	int64_t retry_ms = answer->retry_ms ? answer->retry_ms : backoff(operation->attempt);

	return json_pack("{s:s, s:i, s:s, s:s*, s:s*, s:s*, s:I, s:o*}", "operation", operation->id,
			 "attempt", operation->attempt, "outcome", outcomes[answer->outcome],
			 "reference", answer->reference, "memo", answer->memo, "reason",
			 answer->reason, "retry_ms", (json_int_t)retry_ms, "event",
			 event_of(answer));
}

static json_t *read_answer(struct outbound_call *call)
{
	const struct operation *operation = call->arg;
	const struct provider *provider = provider_find(operation->provider);
	struct provider_answer answer = { .outcome = OUTCOME_UNKNOWN };
	json_t *body scoped(scoped_json) = NULL;
	const char *error;

	if (provider && is_definite(call->status)) {
		body = json_parse(call->answer.data ? call->answer.data : "", call->answer.len,
				  &error);
		provider->read(operation, call->status, body, &answer);
	} else {
		answer.reason = call->status ? "not answered by the provider"
				: *call->why ? call->why
					     : "no answer";
		log_info("%s %s: attempt %d: %s (status %d)", kinds[operation->kind], operation->id,
			 operation->attempt, answer.reason, call->status);
	}
	return settlement(operation, &answer);
}

static PGresult *store(struct session *db, const char *answers)
{
	return session_query(db, SQL(settle_operations), "answers", answers);
}

void operations_settle(struct session *db, struct outbound_call *const *calls, size_t count)
{
	static const struct outbound_answers kind = { "calls to providers", read_answer, store };

	outbound_settle(db, &kind, calls, count);
}
