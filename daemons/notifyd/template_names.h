/* The names of all templates, as the words of an array; ecomctl completes them. */
#ifndef ECOM_DAEMONS_NOTIFYD_TEMPLATE_NAMES_H
#define ECOM_DAEMONS_NOTIFYD_TEMPLATE_NAMES_H

#define TEMPLATE_NAMES                                                                    \
	"order_confirmation", "payment_failed", "shipment", "refund", "return_requested", \
		"return_approved", "return_received", "low_stock", "abandoned_cart",      \
		"password_reset", "email_verification", "webhook_disabled", "test"

#endif
