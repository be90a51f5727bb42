/* What notifyd sends to the outside. */
#include "daemons/notifyd/notifyd.h"

#include "daemons/notifyd/sql.h"

const struct outbound notifyd_outbound[] = {
	{ 0 },
};
