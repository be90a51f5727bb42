/* What orderd keeps for a limited time. Orders, returns and invoices stay. */
#include "lib/queue/retention.h"
#include "daemons/orderd/orderd.h"
#include "daemons/orderd/sql.h"

#define DAYS(n) (INT64_C(86400000) * (n))

const struct retention orderd_retention[] = {
	{ "drafts", "retention_drafts", 0, SQL(retention_drafts) },
	{ "quotes", NULL, DAYS(1), SQL(retention_quotes) },
	{ "categories", NULL, DAYS(2), SQL(retention_categories) },
	{ 0 },
};
