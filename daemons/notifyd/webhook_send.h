/* Sending webhooks: the two functions of the row of outbound calls, and whom they may call. */
#ifndef ECOM_DAEMONS_NOTIFYD_WEBHOOK_SEND_H
#define ECOM_DAEMONS_NOTIFYD_WEBHOOK_SEND_H

#include "lib/queue/outbound.h"

#define WEBHOOK_IN_FLIGHT  256   /* of an instance: 64 subscriptions with the usual 4 each */
#define WEBHOOK_TIMEOUT_MS 25000 /* the most that the option webhook_timeout may say */
#define WEBHOOK_LEASE_MS   60000
#define WEBHOOK_ANSWER_MAX 1024 /* bytes of an answer that the log keeps */

bool webhook_build(struct outbound_call *call, const PGresult *rows, int row);
void webhook_settle(struct session *db, struct outbound_call *const *calls, size_t count);
bool webhook_allow(const struct outbound_call *call, const struct sockaddr *address);

#endif
