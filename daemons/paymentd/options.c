/* Options of paymentd alone. */
#include "daemons/paymentd/paymentd.h"

const struct option paymentd_options[] = {
	{ 0 },
};
