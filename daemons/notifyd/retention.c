/* What notifyd keeps for a limited time. */
#include "lib/queue/retention.h"
#include "daemons/notifyd/notifyd.h"
#include "daemons/notifyd/sql.h"

const struct retention notifyd_retention[] = {
	{ "webhooks", "webhook_keep", 0, SQL(retention_webhooks) },
	{ "texts", "retention_texts", 0, SQL(retention_texts) },
	{ "notifications", "retention_notifications", 0, SQL(retention_notifications) },
	{ "links", "retention_notifications", 0, SQL(retention_links) },
	{ 0 },
};
