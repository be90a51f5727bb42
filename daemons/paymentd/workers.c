/* What paymentd does by itself. */
#include "daemons/paymentd/paymentd.h"

const struct worker paymentd_workers[] = {
	{ 0 },
};
