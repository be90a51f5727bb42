/*
 * Routes that every daemon with a database has, for operators: its jobs, events and consumers.
 * Last in a daemon's table: `OPERATION_ROUTES("catalogd"),`.
 */
#ifndef ECOM_LIB_DAEMON_OPERATIONS_H
#define ECOM_LIB_DAEMON_OPERATIONS_H

#include "lib/http/route.h"

#define OPERATION_ROUTES(service)

#endif
