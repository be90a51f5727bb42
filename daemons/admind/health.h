/*
 * The checks of `ecomctl doctor`: {"check","result","detail","hint"}, result "ok", "warn" or
 * "fail". What the state folder alone can tell works without an engine.
 */
#ifndef ECOM_DAEMONS_ADMIND_HEALTH_H
#define ECOM_DAEMONS_ADMIND_HEALTH_H

#include <jansson.h>

#include "daemons/admind/state.h"

struct engine;

/* A new array of checks. */
json_t *health_checks(const struct state *state);

/* Adds what only the engine knows: connection budget, registry, slots, and how old the newest backup is. */
void health_add_engine(json_t *checks, struct engine *engine);

void health_add(json_t *checks, const char *check, const char *result, const char *hint,
		const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
