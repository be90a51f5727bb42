/*
 * The provider `sandbox`: a service with its own books (schema sandbox) on paymentd's direct
 * listener, which paymentd calls as it calls any other. docs/sandbox.md has its tokens and settings.
 */
#ifndef ECOM_DAEMONS_PAYMENTD_SANDBOX_H
#define ECOM_DAEMONS_PAYMENTD_SANDBOX_H

#include "daemons/paymentd/provider.h"
#include "lib/http/rules.h"
#include "lib/queue/worker.h"

#define SANDBOX_SIGNATURE "Ecom-Signature"

extern const struct provider sandbox_provider;

/* The service's side: its webhooks, its clock, its bodies. */
bool sandbox_webhook_build(struct outbound_call *call, const PGresult *rows, int row);
void sandbox_webhook_settle(struct session *db, struct outbound_call *const *calls, size_t count);
work_fn sandbox_tick;

extern const struct field sandbox_authorization_rules[], sandbox_capture_rules[],
	sandbox_refund_rules[], sandbox_empty_rules[], sandbox_challenge_rules[],
	sandbox_setting_rules[], sandbox_report_query[];

/* http://… without slash at the end: where the sandbox answers. NULL: not known yet. */
const char *sandbox_base(struct arena *arena);

#endif
