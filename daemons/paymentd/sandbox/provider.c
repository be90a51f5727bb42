/* paymentd's side of the sandbox: requests, answers, webhooks. */
#include "daemons/paymentd/sandbox/sandbox.h"

#include <stdio.h>

#include "daemons/paymentd/paymentd.h"
#include "daemons/paymentd/signature.h"
#include "daemons/paymentd/sql.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/daemon/daemon.h"
#include "lib/db/session.h"
#include "lib/http/request.h"

#define HOLD_MS        ((int64_t)7 * 24 * 3600 * 1000)
#define REFUND_DAYS    180
#define ACTION_POLL_MS 3000 /* a person is at it; the webhook is usually first */
#define POLL_MS        1000

const char *sandbox_base(struct arena *arena)
{
	const struct service *service = paymentd_service;
	const char *url = options_str(service->options, "sandbox_url");

	if (url)
		return url;
	return service->direct_address ? arena_printf(arena, "http://%s", service->direct_address)
				       : NULL;
}

/* --- requests --------------------------------------------------------------------------------- */

/* Paths below the authorisation; an authorisation itself is made. */
static const char *const paths[OPERATION_KINDS] = {
	[CAPTURE] = "/captures", [VOID] = "/void", [REFUND] = "/refunds", [RENEW] = "/renewals"
};

static json_t *body_of(const struct operation *operation)
{
	switch (operation->kind) {
	case AUTHORIZE:
		return json_pack("{s:I, s:s, s:s, s:s}", "amount", (json_int_t)operation->amount,
				 "currency", operation->currency, "token", operation->token,
				 "payment", operation->payment);
	case CAPTURE:
		return json_pack("{s:I, s:b}", "amount", (json_int_t)operation->amount, "final",
				 operation->final);
	case REFUND:
		return json_pack("{s:I}", "amount", (json_int_t)operation->amount);
	default:
		return json_object();
	}
}

static bool set_url(struct outbound_call *call, const char *id, const char *path)
{
	const char *base = sandbox_base(&call->arena);

	if (!base || (path && !id)) {
		snprintf(call->why, sizeof(call->why), "%s",
			 base ? "the payment has no authorisation" : "the sandbox is not up yet");
		return false;
	}
	call->url = arena_printf(&call->arena, "%s/v1/sandbox/authorizations%s%s%s", base,
				 id ? "/" : "", id ? id : "", path ? path : "");
	return true;
}

static bool make_request(struct outbound_call *call, const struct operation *operation)
{
	json_t *body scoped(scoped_json) = body_of(operation);
	char *text scoped(scoped_free) = json_text(body);

	if (!set_url(call, operation->kind == AUTHORIZE ? NULL : operation->payment_reference,
		     paths[operation->kind]))
		return false;
	call->method = "POST";
	call->body = arena_strdup(&call->arena, text);
	call->headers[0] = "Content-Type: application/json";
	call->headers[1] = arena_printf(&call->arena, "Idempotency-Key: %s", operation->id);
	return true;
}

/* Only authorisations are ever undecided here. */
static bool make_query(struct outbound_call *call, const struct operation *operation)
{
	if (operation->kind != AUTHORIZE && operation->kind != QUERY)
		return make_request(call, operation);
	call->method = "GET";
	return set_url(call,
		       operation->reference ? operation->reference : operation->payment_reference,
		       "");
}

/* --- answers ---------------------------------------------------------------------------------- */

static const struct state {
	const char *status;
	enum outcome outcome;
	const char *event;
	bool releases;
	int64_t retry_ms;
} states[] = {
	{ "authorized", OUTCOME_SUCCEEDED, "authorized", false, 0 },
	{ "declined", OUTCOME_FAILED, "declined", false, 0 },
	{ "requires_action", OUTCOME_PENDING, "action_required", false, ACTION_POLL_MS },
	{ "processing", OUTCOME_PENDING, NULL, false, POLL_MS },
	{ "voided", OUTCOME_FAILED, "voided", true, 0 },
	{ "expired", OUTCOME_FAILED, "expired", true, 0 },
	{ "captured", OUTCOME_SUCCEEDED, "captured", false, 0 },
	{ "refunded", OUTCOME_SUCCEEDED, "refunded", false, 0 },
	{ "failed", OUTCOME_FAILED, "refund_failed", false, 0 },
	{ 0 },
};

static const char *const failures[OPERATION_KINDS] = {
	[AUTHORIZE] = "declined", [CAPTURE] = "capture_failed",
	[VOID] = "void_failed",   [REFUND] = "refund_failed",
	[RENEW] = NULL,           [QUERY] = NULL,
};

static const struct state *state_of(const struct operation *operation, const json_t *body)
{
	const char *status = json_get_string(body, "status", "");

	/* The rest of the hold ended, or was released. */
	if (operation->kind == QUERY && json_get_bool(body, "released", false))
		status = "expired";
	for (const struct state *state = states; state->status; state++) {
		if (str_eq(state->status, status))
			return state;
	}
	return NULL;
}

/* Of the sandbox, and not of something else that happens to answer there. */
static bool is_refusal(int status, const json_t *body)
{
	return status >= 400 && (json_get_string(body, "error", NULL) ||
				 (status == 422 && json_get_string(body, "code", NULL)));
}

static void read_answer(const struct operation *operation, int status, const json_t *body,
			struct provider_answer *answer)
{
	const struct state *state = state_of(operation, body);

	answer->reference = json_get_string(body, "id", NULL);
	answer->amount = json_get_int(body, "amount", 0);
	if (state) {
		answer->outcome = state->outcome;
		answer->event = state->event;
		answer->releases = state->releases || json_get_bool(body, "released", false);
		answer->retry_ms = state->retry_ms;
		answer->reason = json_get_string(body, "reason", NULL);
		answer->next_action = json_object_get(body, "next_action");
		answer->hold_ends_at = json_get_string(body, "expires_at", NULL);
	} else if (is_refusal(status, body)) {
		answer->outcome = OUTCOME_FAILED;
		answer->event = failures[operation->kind];
		answer->reason = json_get_string(body, "error", "refused by the provider");
		answer->amount = operation->amount;
	}
	if (answer->next_action && json_is_null(answer->next_action))
		answer->next_action = NULL;
	if (operation->kind == VOID && answer->outcome == OUTCOME_FAILED && state)
		answer->outcome = OUTCOME_SUCCEEDED;
	if (operation->kind == RENEW && answer->outcome == OUTCOME_SUCCEEDED) {
		answer->event = "renewed";
		answer->reference = operation->id;
	}
}

/* --- webhooks --------------------------------------------------------------------------------- */

static bool event_is_complete(const json_t *event)
{
	return json_get_string(event, "id", NULL) && json_get_string(event, "type", NULL) &&
	       json_get_string(event, "reference", NULL) &&
	       json_get_string(event, "payment", NULL) &&
	       json_is_integer(json_object_get(event, "amount")) &&
	       json_get_int(event, "amount", -1) >= 0;
}

static json_t *event_of(const json_t *event)
{
	const char *type = json_get_string(event, "type", "");
	bool releases = str_eq(type, "voided") || str_eq(type, "expired") ||
			(str_eq(type, "captured") && json_get_bool(event, "released", false));
	json_t *next = str_eq(type, "action_required")
			       ? json_pack("{s:s, s:s}", "type", "challenge", "reference",
					   json_get_string(event, "authorization", ""))
			       : NULL;

	return json_pack("{s:s, s:s, s:s, s:s, s:s*, s:s*, s:I, s:b, s:s*, s:s*, s:s*, s:o*}", "id",
			 json_get_string(event, "id", ""), "kind", type, "reference",
			 json_get_string(event, "reference", ""), "payment",
			 json_get_string(event, "payment", ""), "operation",
			 json_get_string(event, "operation", NULL), "parent",
			 json_get_string(event, "authorization", NULL), "amount",
			 (json_int_t)json_get_int(event, "amount", 0), "releases", releases,
			 "currency", json_get_string(event, "currency", NULL), "reason",
			 json_get_string(event, "reason", NULL), "occurred_at",
			 json_get_string(event, "created", NULL), "next_action", next);
}

static enum webhook_verdict read_webhook(struct request *request, struct session *db,
					 json_t *events)
{
	PGresult *secret scoped(scoped_result) = session_query(db, SQL(sandbox_secret));
	json_t *event scoped(scoped_json) = NULL;
	const char *raw, *error;
	size_t len;

	if (!session_ok(secret))
		return WEBHOOK_UNAVAILABLE;
	raw = request_raw_body(request, &len);
	if (!signature_is_valid(request_header(request, SANDBOX_SIGNATURE),
				row_get(secret, "secret"), raw, len, clock_real_s()))
		return WEBHOOK_FORGED;
	event = json_parse(raw, len, &error);
	if (!event || !event_is_complete(event))
		return WEBHOOK_MALFORMED;
	json_array_append_new(events, event_of(event));
	return WEBHOOK_TAKEN;
}

const struct provider sandbox_provider = {
	.name = "sandbox",
	.multicapture = true,
	.partial_capture = true,
	.renews = true,
	.hold_ms = HOLD_MS,
	.refund_days = REFUND_DAYS,
	.request = make_request,
	.query = make_query,
	.read = read_answer,
	.webhook = read_webhook,
};
