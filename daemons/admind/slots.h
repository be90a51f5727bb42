/* Which instances HAProxy sends requests to, as its stats socket tells. */
#ifndef ECOM_DAEMONS_ADMIND_SLOTS_H
#define ECOM_DAEMONS_ADMIND_SLOTS_H

#include <stdbool.h>

#include <jansson.h>

#include "daemons/admind/state.h"

/*
 * [{"backend", "server", "address", "up"}] of the slots in use; NULL when HAProxy does not answer
 * within SLOTS_MS. New reference.
 */
#define SLOTS_MS 200
json_t *slots_read(const struct state *state);

/* One of these is up and has this address. */
bool slots_contain(const json_t *slots, const char *address);

/* A slot with this address ("127.0.0.1:41234") is up. */
bool slots_have(const struct state *state, const char *address);

/* HAProxy answers, and no such slot is up. */
bool slots_lack(const struct state *state, const char *address);

#endif
