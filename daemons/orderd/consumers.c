/* The events of others that orderd acts on. */
#include "daemons/orderd/orderd.h"
#include "daemons/orderd/sql.h"

const struct consumer orderd_consumers[] = {
	{ "payments.payment.>", SQL(take_payments) },
	{ "payments.refund.succeeded", SQL(credit_refunds) },
	{ "catalog.stock.short", SQL(mark_short) },
	{ 0 },
};
