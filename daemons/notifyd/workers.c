/* What notifyd does by itself. */
#include "daemons/notifyd/notifyd.h"

#include "daemons/notifyd/sql.h"

const struct worker notifyd_workers[] = {
	{ 0 },
};
