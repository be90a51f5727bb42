/* The events of others that notifyd acts on. */
#include "daemons/notifyd/notifyd.h"

#include "daemons/notifyd/sql.h"

/* Nobody waits for a mail or a webhook as for an answer, and a busy shop has many events that neither
 * wants: they are taken together. */
#define MAIL    .linger_ms = 200, .unique = true, .wakes = "prepare"
#define WEBHOOK .linger_ms = 200, .unique = true, .wakes = "webhooks"

const struct consumer notifyd_consumers[] = {
	{ "orders.order.confirmed", SQL(take_confirmations), MAIL },
	{ "orders.order.rejected", SQL(take_rejections), MAIL },
	{ "orders.shipment.shipped", SQL(take_shipments), MAIL },
	{ "orders.return.>", SQL(take_returns), MAIL },
	{ "payments.refund.succeeded", SQL(take_refunds), MAIL },
	{ "catalog.stock.low", SQL(take_low_stock), MAIL },
	{ "carts.cart.abandoned", SQL(take_abandoned_carts), MAIL },
	{ "users.user.verification_requested", SQL(take_verifications), MAIL },
	{ "users.user.reset_requested", SQL(take_resets), MAIL },
	{ "orders.>", SQL(webhook_take_orders), WEBHOOK },
	{ "payments.>", SQL(webhook_take_payments), WEBHOOK },
	{ "catalog.>", SQL(webhook_take_catalog), WEBHOOK },
	{ "carts.>", SQL(webhook_take_carts), WEBHOOK },
	{ "users.>", SQL(webhook_take_users), WEBHOOK },
	{ "notifications.>", SQL(webhook_take_notifications), WEBHOOK },
	{ 0 },
};
