/*
 * Ending everything of a state folder, in order, from its records and from /proc: by the engine, or
 * by `ecomctl down` when the engine is dead. Waits; at most the sum of the components' limits.
 */
#ifndef ECOM_DAEMONS_ADMIND_SHUTDOWN_H
#define ECOM_DAEMONS_ADMIND_SHUTDOWN_H

#include <stdbool.h>

#include "daemons/admind/state.h"

/* Told once per unit: "stopping", "stopped" or "killed". */
typedef void shutdown_fn(void *arg, const char *unit, const char *what);

/* True when nothing is left. `report` may be NULL. The caller holds the lock of the state. */
bool shutdown_everything(const struct state *state, shutdown_fn *report, void *arg);

/* Ends the processes that no record knows. */
void shutdown_strays(const struct state *state);

#endif
