/* What notifyd does by itself. */
#include "daemons/notifyd/notifyd.h"

#include "daemons/notifyd/send.h"
#include "daemons/notifyd/sql.h"
#include "daemons/notifyd/webhook_work.h"

#define LEASE_MS 30000 /* longer than the calls of a batch may take together */

const struct worker notifyd_workers[] = {
	{ "prepare", .claim = SQL(claim_new), .work_batch = prepare_batch, .batch = 64,
	  .lease_ms = LEASE_MS, .wakes = "sends" },
	{ "notification-upkeep", .work = notification_upkeep, .every_ms = UPKEEP_EVERY_MS },
	{ "webhook-setting", .work = webhook_put_setting, .every_ms = WEBHOOK_SETTING_EVERY_MS },
	{ 0 },
};
