/* What orderd does by itself. */
#include "daemons/orderd/orderd.h"

const struct worker orderd_workers[] = {
	{ 0 },
};
