/* Options of orderd alone. */
#include "daemons/orderd/orderd.h"

const struct option orderd_options[] = {
	{ 0 },
};
