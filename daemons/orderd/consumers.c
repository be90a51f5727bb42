/* The events of others that orderd acts on. */
#include "daemons/orderd/orderd.h"

const struct consumer orderd_consumers[] = {
	{ 0 },
};
