/* What notifyd does by itself. */
#include "daemons/notifyd/notifyd.h"

#include "daemons/notifyd/sql.h"
#include "daemons/notifyd/webhook_work.h"

const struct worker notifyd_workers[] = {
	{ "webhook-setting", .work = webhook_put_setting, .every_ms = WEBHOOK_SETTING_EVERY_MS },
	{ "webhook-retention", .work = webhook_forget, .every_ms = WEBHOOK_FORGET_EVERY_MS },
	{ 0 },
};
