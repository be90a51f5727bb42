/* The events of others that cartd acts on. */
#include "daemons/cartd/cartd.h"

const struct consumer cartd_consumers[] = {
	{ 0 },
};
