/* Every endpoint of notifyd. */
#include "daemons/notifyd/notifyd.h"

#include "daemons/notifyd/sql.h"
#include "lib/daemon/operations.h"

const struct route notifyd_routes[] = {
	OPERATION_ROUTES("notifyd"),
	{ 0 },
};
