/* Every endpoint of notifyd. */
#include "daemons/notifyd/notifyd.h"

#include "daemons/notifyd/notification_desk.h"
#include "daemons/notifyd/notification_rules.h"
#include "daemons/notifyd/preference_rules.h"
#include "daemons/notifyd/sql.h"
#include "daemons/notifyd/webhook_desk.h"
#include "daemons/notifyd/webhook_rules.h"
#include "lib/daemon/operations.h"

const struct route notifyd_routes[] = {
	{ GET, "/v1/notification-preferences", SQL(get_preferences), .on = SHOP, .token = true,
	  .summary = "What the caller wants to be told" },
	{ PATCH, "/v1/notification-preferences", SQL(set_preferences), .on = SHOP, .token = true,
	  .body = preference_rules, .summary = "Say what the caller wants to be told" },
	{ POST, "/v1/unsubscriptions", SQL(unsubscribe), .on = SHOP, .body = unsubscription_rules,
	  .summary = "No more mails of this kind: by the link in one" },
	{ GET, "/v1/notification-preferences", SQL(get_preferences_of), .on = ADMIN,
	  .scope = "notifications:read", .query = preference_query,
	  .summary = "What somebody wants to be told" },

	{ GET, "/v1/notifications", SQL(list_notifications), .on = ADMIN,
	  .scope = "notifications:read", .query = notification_query, .db = DB_SLOW,
	  .summary = "List notifications, the newest first" },
	{ GET, "/v1/notifications/{id}", SQL(get_notification), .on = ADMIN,
	  .scope = "notifications:read",
	  .summary = "Show a notification as it was sent, and its attempts" },
	{ POST, "/v1/notifications/{id}/resend", SQL(resend_notification), .on = ADMIN,
	  .scope = "notifications:write", .ok = 202,
	  .summary = "Send the same content to the same recipient again" },
	{ POST, "/v1/notifications/previews", .task = preview_notification, .on = ADMIN,
	  .scope = "notifications:read", .body = preview_rules,
	  .summary = "What a template makes of an order, or of examples; nothing is stored" },
	{ POST, "/v1/notifications/tests", .task = test_notification, .on = ADMIN,
	  .scope = "notifications:write", .body = notification_test_rules, .ok = 202,
	  .summary = "Send a test" },

	{ GET, "/v1/webhooks", SQL(list_webhooks), .on = ADMIN, .scope = "webhooks:read",
	  .query = webhook_query, .summary = "List webhooks" },
	{ POST, "/v1/webhooks", .task = create_webhook, .on = ADMIN, .scope = "webhooks:write",
	  .body = webhook_rules, .ok = 201, .summary = "Make a webhook; its secret is shown once" },
	{ GET, "/v1/webhooks/{id}", SQL(get_webhook), .on = ADMIN, .scope = "webhooks:read",
	  .etag = true, .summary = "Show a webhook" },
	{ PATCH, "/v1/webhooks/{id}", .task = update_webhook, .on = ADMIN,
	  .scope = "webhooks:write", .body = webhook_patch_rules, .if_match = true, .etag = true,
	  .summary = "Change a webhook, disable it or make it active again" },
	{ DELETE, "/v1/webhooks/{id}", SQL(delete_webhook), .on = ADMIN, .scope = "webhooks:write",
	  .if_match = true, .ok = 204, .summary = "Remove a webhook with its secrets" },
	{ POST, "/v1/webhooks/{id}/rotate", .task = rotate_webhook, .on = ADMIN,
	  .scope = "webhooks:write", .query = webhook_rotate_query,
	  .summary = "Make a new secret, shown once; the old one signs too for some time, or ends "
		     "now" },
	{ POST, "/v1/webhooks/{id}/tests", SQL(test_webhook), .on = ADMIN,
	  .scope = "webhooks:write", .wait = SQL(wait_webhook_deliveries), .ok = 202,
	  .summary = "Send a test event" },
	{ POST, "/v1/webhooks/{id}/replays", SQL(replay_webhook), .on = ADMIN,
	  .scope = "webhooks:write", .body = webhook_replay_rules,
	  .summary = "Send the kept events of a time range again" },
	{ GET, "/v1/webhooks/{id}/deliveries", SQL(list_deliveries_of_webhook), .on = ADMIN,
	  .scope = "webhooks:read", .query = webhook_delivery_query, .db = DB_SLOW,
	  .summary = "List the deliveries of a webhook, the newest first" },
	{ GET, "/v1/webhook-deliveries", SQL(list_webhook_deliveries), .on = ADMIN,
	  .scope = "webhooks:read", .query = webhook_deliveries_query, .db = DB_SLOW,
	  .summary = "List deliveries of webhooks, the newest first" },
	{ GET, "/v1/webhook-deliveries/{id}", SQL(get_webhook_delivery), .on = ADMIN,
	  .scope = "webhooks:read", .summary = "Show a delivery with its attempts" },
	{ POST, "/v1/webhook-deliveries/{id}/redeliver", SQL(redeliver_webhook), .on = ADMIN,
	  .scope = "webhooks:write", .ok = 202, .summary = "Deliver again" },
	{ GET, "/v1/webhook-feed", SQL(follow_webhook_events), .on = ADMIN,
	  .scope = "webhooks:read", .query = webhook_feed_query, .db = DB_SLOW,
	  .summary = "Follow the events of webhooks: those since a position, and the next one" },
	{ GET, "/v1/webhook-attempts", SQL(follow_webhook_attempts), .on = ADMIN,
	  .scope = "webhooks:read", .query = webhook_feed_query, .db = DB_SLOW,
	  .summary = "Follow what is sent: attempts since a position, and the next position" },

	OPERATION_ROUTES("notifyd"),
	{ 0 },
};
