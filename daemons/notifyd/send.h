/* The queue of messages that go out: claimed rows become calls of a transport, answers become states. */
#ifndef ECOM_DAEMONS_NOTIFYD_SEND_H
#define ECOM_DAEMONS_NOTIFYD_SEND_H

#include "lib/queue/outbound.h"
#include "lib/queue/worker.h"

#define SEND_IN_FLIGHT  64    /* slots; the option sends_in_flight says how many are used */
#define SEND_TIMEOUT_MS 30000 /* of a mail, from connecting to the reply to its last dot */
#define SEND_LEASE_MS   45000 /* how long a killed instance's mails wait for another */

bool send_build(struct outbound_call *call, const PGresult *rows, int row);
void send_settle(struct session *db, struct outbound_call *const *calls, size_t count);
int send_most(void); /* the option sends_in_flight, where mails go to a server */

/* Wipes links that have ended, counts for /metrics. */
work_fn notification_upkeep;
#define UPKEEP_EVERY_MS 5000

/* Registers the metrics; at the start. */
void send_open(void);

#endif
