/* What notifyd sends to the outside. */
#include "daemons/notifyd/notifyd.h"

#include "daemons/notifyd/send.h"
#include "daemons/notifyd/sql.h"
#include "daemons/notifyd/webhook_send.h"

const struct outbound notifyd_outbound[] = {
	{ "sends", SQL(claim_sends), send_build, send_settle, .in_flight = SEND_IN_FLIGHT,
	  .most = send_most, .timeout_ms = SEND_TIMEOUT_MS, .lease_ms = SEND_LEASE_MS,
	  .wakes = "sends" }, /* a claim leaves out what has expired: there may be more */
	{ "webhooks", SQL(webhook_claim), webhook_build, webhook_settle, .allow = webhook_allow,
	  .in_flight = WEBHOOK_IN_FLIGHT, .timeout_ms = WEBHOOK_TIMEOUT_MS,
	  .lease_ms = WEBHOOK_LEASE_MS, .wakes = "webhooks" },
	{ 0 },
};
