/*
 * Keeping what runs equal to what is wanted: missing instances are started, surplus ones drained,
 * and a roll replaces the instances of a daemon one after the other. A roll starts one extra
 * instance first, and each step waits until the gateway sends requests to the new one, so that no
 * request fails.
 */
#ifndef ECOM_DAEMONS_ADMIND_OPERATION_H
#define ECOM_DAEMONS_ADMIND_OPERATION_H

#include <stdbool.h>
#include <stdint.h>

#include "daemons/admind/settings.h"

struct engine;

enum roll_phase { ROLL_IDLE, ROLL_EXTRA, ROLL_STOP, ROLL_START, ROLL_END };

struct operation {
	const struct component *rolling; /* NULL: none */
	enum roll_phase phase;
	int number;                       /* the instance in hand */
	int count, extra;                 /* wanted ones; the number of the extra one, 0: none */
	int64_t deadline_ms;              /* of the phase */
	int64_t settled_ms;               /* since when the instance in hand is ready; 0: not yet */
	unsigned int pending;             /* bits by index in components[]: to be rolled next */
	char errors[COMPONENTS_MAX][160]; /* why the last roll of a component was given up */
};

/* Does the next thing; true while something is under way. */
bool operation_tick(struct engine *engine);

/* Rolls the component when its turn comes. */
void operation_roll(struct engine *engine, const struct component *component);
bool operation_concerns(const struct engine *engine, const struct component *component);

#endif
