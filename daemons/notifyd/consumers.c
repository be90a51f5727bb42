/* The events of others that notifyd acts on. */
#include "daemons/notifyd/notifyd.h"

#include "daemons/notifyd/sql.h"

const struct consumer notifyd_consumers[] = {
	{ "orders.order.confirmed", SQL(take_confirmations) },
	{ "orders.order.rejected", SQL(take_rejections) },
	{ "orders.shipment.shipped", SQL(take_shipments) },
	{ "orders.return.>", SQL(take_returns) },
	{ "payments.refund.succeeded", SQL(take_refunds) },
	{ "catalog.stock.low", SQL(take_low_stock) },
	{ "carts.cart.abandoned", SQL(take_abandoned_carts) },
	{ "users.user.verification_requested", SQL(take_verifications) },
	{ "users.user.reset_requested", SQL(take_resets) },
	{ "orders.>", SQL(webhook_take_orders) },
	{ "payments.>", SQL(webhook_take_payments) },
	{ "catalog.>", SQL(webhook_take_catalog) },
	{ "carts.>", SQL(webhook_take_carts) },
	{ "users.>", SQL(webhook_take_users) },
	{ "notifications.>", SQL(webhook_take_notifications) },
	{ 0 },
};
