/*
 * A step of the saga as a table: what it asks of which services, of each row of a batch, and the
 * statement that settles what they answered. All calls are made at once, so they must be repeatable
 * and in any order.
 */
#ifndef ECOM_DAEMONS_ORDERD_STEP_H
#define ECOM_DAEMONS_ORDERD_STEP_H

#include "daemons/orderd/saga.h"

enum { STEP_CALLS_MAX = 2 };

struct step_call {
	const char *path, *name, *key; /* as in struct ask */
	const char *column; /* the row's column that has the key of its entry in the answer */
	json_t *(*entry)(const struct span *span, int index); /* what is asked; new reference */
	bool (*needed)(const struct span *span, int index);   /* NULL: always */
};

struct step {
	const struct statement *settle;
	struct step_call calls[STEP_CALLS_MAX]; /* those without a path are none */
	/* Adds to the result of a row for which everything was answered, and says so; answers[] has the
	 * entries of the calls, NULL for what was not needed. NULL: nothing to add. */
	void (*take)(const struct span *span, int index, json_t *result,
		     const json_t *const answers[STEP_CALLS_MAX]);
};

/* As span_work: false, with nothing settled, when the batch was refused and smaller ones may do. */
bool step_work(struct session *db, const struct span *span, const struct step *step);

#endif
