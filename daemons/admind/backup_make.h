/* What the program `backup` does: each blocks, tells its progress, and is false with *failure set. */
#ifndef ECOM_DAEMONS_ADMIND_BACKUP_MAKE_H
#define ECOM_DAEMONS_ADMIND_BACKUP_MAKE_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "daemons/admind/scratch.h"

/*
 * A backup of the shop in the folder `state`, whose PostgreSQL runs, into a new folder inside `to`;
 * then the oldest ones there but `keep` are removed. `kind` is a word: manual, scheduled, upgrade.
 * pause_most_ms: so long all writes may wait, when a database is on another cluster.
 */
bool backup_create(const char *state, const char *kind, const char *to, int keep,
		   int64_t pause_most_ms, struct failure *failure);

/*
 * Restores into scratch/.verify and looks at everything. *violated: it could be looked at, and
 * something is wrong; each result was told.
 */
bool backup_verify(const char *backup, const char *scratch, bool *violated,
		   struct failure *failure);

/* Into the folder `state`, which is empty or has what a restore that was cut short has left. */
bool backup_restore(const char *backup, const char *state, struct failure *failure);

/* --- parts of them ---------------------------------------------------------------------------- */

/* The sums of the files, then the cluster into `cluster`, which is made, checked against PostgreSQL's
 * own manifest. `logs` is a folder. */
bool backup_extract(const char *backup, const json_t *manifest, const char *programs,
		    const char *cluster, const char *logs, struct failure *failure);

/* Secrets and settings, into a folder. */
bool backup_unpack_state(const char *backup, const char *folder, const char *logs,
			 struct failure *failure);

/* The folder of PostgreSQL's programs of the version that made the backup. The caller frees. */
char *backup_programs(const json_t *manifest, struct failure *failure);

/* Copies the tables of all services into one database and runs the checks there; tells each. */
bool backup_check(const struct scratch *scratch, const json_t *manifest, bool *violated,
		  struct failure *failure);

/* An invariant of the whole shop: a query whose rows are violations. Its first line is "-- " and what
 * must hold. One that says "-- At every moment" in the second holds while orders are under way too. */
struct backup_invariant {
	const char *name, *sql;
};
extern const struct backup_invariant backup_invariants[]; /* ends with an all-zero row */
extern const char backup_invariants_prelude[];            /* what the queries use */

#endif
