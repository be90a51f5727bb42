/* Every endpoint of paymentd. */
#include "daemons/paymentd/paymentd.h"

#include "daemons/paymentd/sql.h"

const struct route paymentd_routes[] = {
	{ 0 },
};
