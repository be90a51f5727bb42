/* What orderd keeps for a limited time. Orders, returns and invoices stay. */
#include "lib/queue/retention.h"
#include "daemons/orderd/orderd.h"
#include "daemons/orderd/sql.h"

const struct retention orderd_retention[] = {
	{ "drafts", "retention_drafts", 0, SQL(retention_drafts) },
	{ 0 },
};
