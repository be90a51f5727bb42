/* Payments, captures, refunds: bodies and query strings. */
#ifndef ECOM_DAEMONS_PAYMENTD_PAYMENT_RULES_H
#define ECOM_DAEMONS_PAYMENTD_PAYMENT_RULES_H

#include "lib/http/rules.h"

#define BATCH_BODY_MAX (1 << 20)

/* What other services ask, in batches. */
extern const struct field payment_request_rules[], payment_outcome_rules[], capture_request_rules[],
	payment_cancel_rules[], refund_request_rules[];

extern const struct field payment_query[], capture_rules[], void_rules[], write_off_rules[];
extern const struct field refund_rules[], refund_decision_rules[], refund_query[],
	refund_preview_query[];
extern const struct field ledger_query[];

#endif
