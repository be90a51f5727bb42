/* Options of notifyd alone. */
#include "daemons/notifyd/notifyd.h"

const struct option notifyd_options[] = {
	{ 0 },
};
