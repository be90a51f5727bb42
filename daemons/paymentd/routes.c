/* Every endpoint of paymentd. */
#include "daemons/paymentd/paymentd.h"

#include "daemons/paymentd/manual/manual.h"
#include "daemons/paymentd/notice_rules.h"
#include "daemons/paymentd/payment_rules.h"
#include "daemons/paymentd/reconcile.h"
#include "daemons/paymentd/sandbox/sandbox.h"
#include "daemons/paymentd/sql.h"
#include "daemons/paymentd/webhook.h"
#include "lib/daemon/operations.h"

const struct route paymentd_routes[] = {
	/* What orderd asks. */
	{ POST, "/v1/payment-requests", SQL(request_payments), .on = INTERNAL,
	  .scope = "payments:request", .body = payment_request_rules, .body_max = BATCH_BODY_MAX,
	  .summary = "Ask for authorisations" },
	{ POST, "/v1/payment-outcomes", SQL(payment_outcomes), .on = INTERNAL,
	  .scope = "payments:request", .body = payment_outcome_rules, .db = DB_READ,
	  .summary = "What has become of payments" },
	{ POST, "/v1/capture-requests", SQL(request_captures), .on = INTERNAL,
	  .scope = "payments:request", .body = capture_request_rules, .body_max = BATCH_BODY_MAX,
	  .summary = "Take what was authorised" },
	{ POST, "/v1/payment-cancellations", SQL(cancel_payments), .on = INTERNAL,
	  .scope = "payments:request", .body = payment_cancel_rules, .body_max = BATCH_BODY_MAX,
	  .summary = "Give back what is not captured, now or when it is authorised" },
	{ POST, "/v1/refund-requests", SQL(request_refunds), .on = INTERNAL,
	  .scope = "payments:request", .body = refund_request_rules, .body_max = BATCH_BODY_MAX,
	  .summary = "Pay back what was captured, as far as the given scopes may" },

	/* What people see and do. */
	{ GET, "/v1/payments", SQL(list_payments), .on = ADMIN, .scope = "payments:read",
	  .query = payment_query, .db = DB_SLOW, .summary = "List payments" },
	{ GET, "/v1/payments/{id}", SQL(get_payment), .on = SHOP | ADMIN, .token = true,
	  .etag = true, .summary = "Read a payment" },
	{ GET, "/v1/payments/{id}/events", SQL(list_payment_events), .on = ADMIN,
	  .scope = "payments:read", .summary = "What happened to a payment" },
	{ POST, "/v1/payments/{id}/captures", SQL(capture_payment), .on = ADMIN,
	  .scope = "payments:write", .body = capture_rules, .ok = 202,
	  .summary = "Take what was authorised, or a part of it" },
	{ POST, "/v1/payments/{id}/void", SQL(void_payment), .on = ADMIN, .scope = "payments:write",
	  .body = void_rules, .ok = 202, .summary = "Give back what is not captured" },

	{ POST, "/v1/payments/{id}/write-off", SQL(write_off_payment), .on = ADMIN,
	  .scope = "payments:write", .body = write_off_rules, .if_match = true,
	  .summary = "Give up what has left the house and is never paid" },

	{ POST, "/v1/payment-records", SQL(record_payment), .on = ADMIN, .scope = "payments:write",
	  .body = manual_record_rules, .ok = 201,
	  .summary = "Record money that came in by hand, or was sent back" },

	{ GET, "/v1/refund-previews", SQL(preview_refund), .on = ADMIN, .scope = "refunds:write",
	  .query = refund_preview_query, .summary = "What a refund would do" },
	{ GET, "/v1/refunds", SQL(list_refunds), .on = SHOP | ADMIN, .token = true,
	  .query = refund_query, .db = DB_SLOW, .summary = "List refunds" },
	{ POST, "/v1/refunds", SQL(create_refund), .on = ADMIN, .scope = "refunds:write",
	  .body = refund_rules, .ok = 201,
	  .summary = "Refund, or request it when it is above the caller's limit" },
	{ GET, "/v1/refunds/{id}", SQL(get_refund), .on = SHOP | ADMIN, .token = true, .etag = true,
	  .summary = "Read a refund" },
	{ POST, "/v1/refunds/{id}/approve", SQL(approve_refund), .on = ADMIN,
	  .scope = "refunds:approve", .body = refund_decision_rules,
	  .summary = "Approve a refund that somebody else requested" },
	{ POST, "/v1/refunds/{id}/reject", SQL(reject_refund), .on = ADMIN,
	  .scope = "refunds:approve", .body = refund_decision_rules,
	  .summary = "Reject a requested refund" },

	{ POST, "/v1/refunds/{id}/record", SQL(record_refund), .on = ADMIN,
	  .scope = "refunds:write", .body = manual_refund_rules,
	  .summary = "Record that the money of a refund was sent by hand" },

	{ GET, "/v1/ledger-transfers", SQL(list_ledger_transfers), .on = ADMIN,
	  .scope = "ledger:read", .query = ledger_query, .db = DB_SLOW,
	  .summary = "List transfers of the ledger" },
	{ GET, "/v1/ledger-verification", SQL(verify_ledger), .on = ADMIN, .scope = "ledger:read",
	  .db = DB_SLOW, .summary = "Compare ledger, events and amounts" },

	{ POST, "/v1/reconciliations", .task = reconcile_report, .on = ADMIN,
	  .scope = "payments:read", .query = reconcile_query, .ndjson = true,
	  .body_max = RECONCILE_BODY_MAX,
	  .summary = "Compare a provider's report with events and ledger" },

	{ POST, "/v1/payment-notices", SQL(payment_notices), .on = INTERNAL,
	  .scope = "payments:request", .body = payment_notice_rules, .db = DB_READ,
	  .summary = "The refunds of up to 200 payments" },

	/* What providers tell. */
	{ POST, "/v1/webhooks/{provider}", .task = receive_webhook, .on = SHOP | DIRECT,
	  .raw = true, .body_max = WEBHOOK_BODY_MAX, .summary = "Events of a payment provider" },

	/* The provider sandbox. */
	{ POST, "/v1/sandbox/authorizations", SQL(sandbox_authorize), .on = DIRECT,
	  .body = sandbox_authorization_rules, .key = KEY_REQUIRED, .ok = 201,
	  .summary = "Sandbox: authorise" },
	{ GET, "/v1/sandbox/authorizations/{id}", SQL(sandbox_get_authorization), .on = DIRECT,
	  .db = DB_WRITE, .summary = "Sandbox: an authorisation" },
	{ POST, "/v1/sandbox/authorizations/{id}/captures", SQL(sandbox_capture), .on = DIRECT,
	  .body = sandbox_capture_rules, .key = KEY_REQUIRED, .ok = 201,
	  .summary = "Sandbox: capture" },
	{ POST, "/v1/sandbox/authorizations/{id}/void", SQL(sandbox_void), .on = DIRECT,
	  .body = sandbox_empty_rules, .key = KEY_REQUIRED, .ok = 201,
	  .summary = "Sandbox: release what is not captured" },
	{ POST, "/v1/sandbox/authorizations/{id}/refunds", SQL(sandbox_refund), .on = DIRECT,
	  .body = sandbox_refund_rules, .key = KEY_REQUIRED, .ok = 201,
	  .summary = "Sandbox: refund" },
	{ POST, "/v1/sandbox/authorizations/{id}/renewals", SQL(sandbox_renew), .on = DIRECT,
	  .body = sandbox_empty_rules, .key = KEY_REQUIRED, .ok = 201,
	  .summary = "Sandbox: prolong a hold" },
	{ POST, "/v1/sandbox/challenges/{reference}", SQL(sandbox_challenge), .on = ADMIN | DIRECT,
	  .scope = "payments:write", .body = sandbox_challenge_rules,
	  .summary = "Sandbox: what the customer does in the bank's window" },
	{ POST, "/v1/sandbox/settings", SQL(sandbox_settings), .on = DIRECT,
	  .body = sandbox_setting_rules, .summary = "Sandbox: latency, failures, webhooks" },
	{ GET, "/v1/sandbox/report", SQL(sandbox_report), .on = ADMIN | DIRECT,
	  .scope = "payments:read", .query = sandbox_report_query, .db = DB_SLOW,
	  .summary = "Sandbox: what moved money" },

	OPERATION_ROUTES("paymentd"),
	{ 0 },
};
