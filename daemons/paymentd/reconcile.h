/* POST /v1/reconciliations: a provider's report against our events and the ledger. */
#ifndef ECOM_DAEMONS_PAYMENTD_RECONCILE_H
#define ECOM_DAEMONS_PAYMENTD_RECONCILE_H

#include "lib/http/route.h"

#define RECONCILE_BODY_MAX (16 << 20)
#define RECONCILE_ROWS_MAX 50000

extern const struct field reconcile_query[];

task_fn reconcile_report;

#endif
