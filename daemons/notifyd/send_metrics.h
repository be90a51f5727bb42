/* What /metrics says of notifications: what was sent here, and what waits. */
#ifndef ECOM_DAEMONS_NOTIFYD_SEND_METRICS_H
#define ECOM_DAEMONS_NOTIFYD_SEND_METRICS_H

#include "daemons/notifyd/transport.h"

/* Any thread. */
void send_count(const char *channel, enum send_outcome outcome);

#endif
