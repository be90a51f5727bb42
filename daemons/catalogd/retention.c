/* What catalogd keeps for a limited time. */
#include "lib/queue/retention.h"
#include "daemons/catalogd/catalogd.h"
#include "daemons/catalogd/sql.h"

#define DAYS(n) (INT64_C(86400000) * (n))

const struct retention catalogd_retention[] = {
	{ "imports", NULL, DAYS(30), SQL(retention_imports) },
	{ 0 },
};
