/* What userd keeps for a limited time. */
#include "lib/queue/retention.h"
#include "daemons/userd/sql.h"
#include "daemons/userd/userd.h"

#define DAYS(n) (INT64_C(86400000) * (n))

const struct retention userd_retention[] = {
	{ "sessions", "retention_sessions", 0, SQL(retention_sessions) },
	{ "requests", NULL, DAYS(30), SQL(retention_requests) },
	{ "failures", NULL, DAYS(1), SQL(retention_failures) },
	{ 0 },
};
