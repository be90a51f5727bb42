/* TCP ports on the loopback address: free or taken, open or not. */
#ifndef ECOM_DAEMONS_ADMIND_PORTS_H
#define ECOM_DAEMONS_ADMIND_PORTS_H

#include <stdbool.h>

#include "daemons/admind/failure.h"

#define PORTS_COUNT 3 /* shop, admin, internal: consecutive */

extern const char *const port_names[PORTS_COUNT];

/* Nobody listens on it and we may; *error is an errno otherwise. */
bool port_is_free(int port, int *error);

/* A free port that the kernel chose; 0 when there is none. */
int port_choose(void);

/* Somebody accepts connections. */
bool port_answers(int port);

/* Whoever listens there speaks first, as NATS does: it does not hang. */
bool port_greets(int port);

/* All three of a shop, before anything is started: false names the port and the remedy. */
bool ports_check(int first, struct failure *failure);

#endif
