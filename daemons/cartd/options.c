/* Options of cartd alone. */
#include "daemons/cartd/cartd.h"

#define SECONDS(n) ((int64_t)(n)*1000)
#define DAYS(n)    SECONDS((n)*24 * 60 * 60)

const struct option cartd_options[] = {
	{ "abandon_after", OPTION_DURATION, "24h", SECONDS(1), DAYS(365),
	  "when a cart that nobody changes counts as abandoned, which is told once by an event" },
	{ "expire_after", OPTION_DURATION, "30d", SECONDS(1), DAYS(3650),
	  "when a cart that nobody changes expires" },
	{ "retention_carts", OPTION_DURATION, "90d", DAYS(1), DAYS(3650),
	  "how long a cart is kept after it was ordered or has expired" },
	{ "hold", OPTION_BOOL, "no", 0, 0,
	  "hold the stock of what is in carts, where there is enough" },
	{ "hold_life", OPTION_DURATION, "15m", SECONDS(10), DAYS(1),
	  "how long stock is held after the last change of a cart" },
	{ 0 },
};
