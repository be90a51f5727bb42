/*
 * The steps of a start, as a table: each begins when those it needs are done, so that what does
 * not depend on one another runs at the same time. A step finds what an earlier start has done.
 */
#ifndef ECOM_DAEMONS_ADMIND_STEPS_H
#define ECOM_DAEMONS_ADMIND_STEPS_H

#include <stdint.h>

#include "daemons/admind/child.h"
#include "daemons/admind/settings.h"

struct engine;
struct probe;
struct provision;

enum outcome { STEP_WAIT, STEP_DONE, STEP_FAILED };
enum step_state { STEP_NEW, STEP_BEGUN, STEP_ENDED };

#define STEPS_MAX 12

struct starting {
	enum step_state steps[STEPS_MAX];
	int64_t begun_ms[STEPS_MAX];
	struct task tasks[COMPONENTS_MAX]; /* of the configuration step */
	struct task migrations[COMPONENTS_MAX];
	struct task initdb;
	struct provision *provision;
	struct probe *probe;
	int answers; /* ports that gave one */
};

/* Does what can be done now. STEP_DONE: the shop is up. */
enum outcome steps_tick(struct engine *engine, struct failure *failure);
void steps_free(struct starting *starting);

#endif
