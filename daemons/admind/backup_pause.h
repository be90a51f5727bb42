/*
 * A pause of all writes, in the databases of all services wherever they are: readers go on, writers wait. It
 * makes one cut of several clusters. The locks are those of our sessions: they end with us. Blocking.
 */
#ifndef ECOM_DAEMONS_ADMIND_BACKUP_PAUSE_H
#define ECOM_DAEMONS_ADMIND_BACKUP_PAUSE_H

#include <stdint.h>

#include "daemons/admind/state.h"

struct pause;

/* Begins when it answers, with a snapshot of every database that is elsewhere. NULL with *failure set
 * when some transaction did not let us have a lock for too long; nobody waits then. */
struct pause *pause_begin(const struct state *state, struct failure *failure);

/* For how long somebody may have waited by now. */
int64_t pause_age_ms(const struct pause *pause);

/* Ends it; *ms is how long writers had to wait at most. The snapshots stay. False with *failure set when it was
 * not kept to its end: what was copied is no cut. */
bool pause_end(struct pause *pause, int64_t *ms, struct failure *failure);

/* For pg_dump --snapshot; NULL: the database of this service is not elsewhere. Borrowed. */
const char *pause_snapshot(const struct pause *pause, const char *service);

/* Ends what is left of it. NULL is fine. */
void pause_free(struct pause *pause);

#endif
