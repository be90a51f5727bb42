/* The queue of calls to providers: claimed operations become requests, answers become events. */
#ifndef ECOM_DAEMONS_PAYMENTD_OPERATIONS_H
#define ECOM_DAEMONS_PAYMENTD_OPERATIONS_H

#include "lib/queue/outbound.h"

struct provider_answer;

bool operations_build(struct outbound_call *call, const PGresult *rows, int row);
void operations_settle(struct session *db, struct outbound_call *const *calls, size_t count);

#endif
