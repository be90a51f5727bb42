/* Options of paymentd alone. */
#include "daemons/paymentd/paymentd.h"

const struct option paymentd_options[] = {
	{ "provider", OPTION_STRING, "sandbox", .help = "The provider of payments that name none" },
	{ "refund_limit", OPTION_INT, "10000", 0, INT64_MAX,
	  "Minor units that refunds:write may refund at once without approval" },
	{ "manual_methods", OPTION_LIST, "bank_transfer,cash_on_delivery",
	  .help = "Means of payment by hand that are offered: bank_transfer, cash_on_delivery, "
		  "invoice" },
	{ "manual_account", OPTION_STRING, NULL,
	  .help = "Where customers send a bank transfer, as they shall read it: name, IBAN, BIC" },
	{ "manual_deadline", OPTION_DURATION, "7d", 1000, 7776000000,
	  "How long an order waits for a payment by hand before it is rejected" },
	{ "sandbox_url", OPTION_STRING, NULL,
	  .help = "Where the provider sandbox answers, instead of the daemon's own direct "
		  "listener" },
	{ "sandbox_webhook_url", OPTION_STRING, NULL,
	  .help = "Where the sandbox sends its webhooks, instead of the daemon's own direct "
		  "listener" },
	{ 0 },
};
