/*
 * Database connections are a budget: instances of a daemon, and one more during a roll, times the
 * connections of each must fit into the limit of its role.
 */
#ifndef ECOM_DAEMONS_ADMIND_BUDGET_H
#define ECOM_DAEMONS_ADMIND_BUDGET_H

#include <stdbool.h>

#include "daemons/admind/component.h"
#include "daemons/admind/state.h"

/* Besides what its options and tables say: the schema check, and one that is being replaced. */
#define BUDGET_EXTRA 2

/* Of one instance, from run/<daemon>.config (its effective options); 0 without a database. */
int budget_per_instance(const struct state *state, const struct component *component);

/* So many that `replicas` instances need, with the extra one of a roll. */
int budget_needed(int per_instance, int replicas);

/* The most replicas that fit. */
int budget_most(const struct component *component, int per_instance);

#endif
