/* Options of cartd alone. */
#include "daemons/cartd/cartd.h"

const struct option cartd_options[] = {
	{ 0 },
};
