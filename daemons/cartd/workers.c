/* What cartd does by itself. */
#include "daemons/cartd/cartd.h"

const struct worker cartd_workers[] = {
	{ 0 },
};
