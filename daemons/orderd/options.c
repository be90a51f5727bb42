/* Options of orderd alone. */
#include "daemons/orderd/orderd.h"

const struct option orderd_options[] = {
	{ "payment_deadline", OPTION_DURATION, "15m", 1000, 86400000,
	  "How long an order waits for its payment, a 3-D-Secure check included, before it is "
	  "rejected" },
	{ "return_window", OPTION_DURATION, "720h", 0, INT64_MAX,
	  "How long after a shipment customers may ask to return what was in it; staff always "
	  "may" },
	{ "retention_drafts", OPTION_DURATION, "90d", 86400000, 315360000000,
	  "How long a draft that nobody places or changes is kept" },
	{ 0 },
};
