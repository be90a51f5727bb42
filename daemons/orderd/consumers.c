/* The events of others that orderd acts on. */
#include "daemons/orderd/orderd.h"
#include "daemons/orderd/sql.h"

const struct consumer orderd_consumers[] = {
	{ "payments.payment.>", SQL(take_payments) },
	{ "payments.refund.succeeded", SQL(credit_refunds) },
	{ "payments.refund.failed", SQL(reverse_refunds) },
	{ "payments.refund.>", SQL(take_refunds) },
	{ "catalog.stock.short", SQL(mark_short) },
	{ "catalog.product.>", SQL(forget_promotion_products) },
	{ "catalog.category.>", SQL(forget_promotion_categories) },
	{ 0 },
};
