/* The events of others that notifyd acts on. */
#include "daemons/notifyd/notifyd.h"

#include "daemons/notifyd/sql.h"

const struct consumer notifyd_consumers[] = {
	{ 0 },
};
