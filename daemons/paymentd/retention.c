/* What paymentd keeps for a limited time. Payments, refunds and the ledger stay. */
#include "lib/queue/retention.h"
#include "daemons/paymentd/paymentd.h"
#include "daemons/paymentd/sql.h"

#define DAYS(n) (INT64_C(86400000) * (n))

const struct retention paymentd_retention[] = {
	{ "sandbox", NULL, DAYS(1), SQL(retention_sandbox) },
	{ 0 },
};
