/* Options of paymentd alone. */
#include "daemons/paymentd/paymentd.h"

const struct option paymentd_options[] = {
	{ "provider", OPTION_STRING, "sandbox", .help = "The provider of payments that name none" },
	{ "refund_limit", OPTION_INT, "10000", 0, INT64_MAX,
	  "Minor units that refunds:write may refund at once without approval" },
	{ "sandbox_url", OPTION_STRING, NULL,
	  .help = "Where the provider sandbox answers, instead of the daemon's own direct "
		  "listener" },
	{ "sandbox_webhook_url", OPTION_STRING, NULL,
	  .help = "Where the sandbox sends its webhooks, instead of the daemon's own direct "
		  "listener" },
	{ 0 },
};
