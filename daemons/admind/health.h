/*
 * The checks of `ecomctl doctor`: {"check","result","detail","hint"}, result "ok", "warn" or
 * "fail". Those of the state folder are made by the caller, with an engine or without.
 */
#ifndef ECOM_DAEMONS_ADMIND_HEALTH_H
#define ECOM_DAEMONS_ADMIND_HEALTH_H

#include <jansson.h>

#include "daemons/admind/state.h"

struct engine;

/* What the state folder alone can tell: a new array of checks. Waits for programs that it asks. */
json_t *health_checks(const struct state *state);

/* What only the engine knows: budget of connections, registry, slots, age of the newest backup. */
json_t *health_engine(struct engine *engine);

void health_add(json_t *checks, const char *check, const char *result, const char *hint,
		const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
