/* The events of others that paymentd acts on. */
#include "daemons/paymentd/paymentd.h"

const struct consumer paymentd_consumers[] = {
	{ 0 },
};
