/* Where the programs are that the engine runs, and which Debian package brings each. */
#ifndef ECOM_DAEMONS_ADMIND_PROGRAMS_H
#define ECOM_DAEMONS_ADMIND_PROGRAMS_H

#include <stdbool.h>

#include "daemons/admind/state.h"

/*
 * The environment decides before the usual places: ECOM_POSTGRES_BIN (a folder), ECOM_HAPROXY and
 * ECOM_NATS_SERVER (programs), ECOM_LIBEXECDIR (the daemons).
 */
char *program_haproxy(void); /* each NULL when it is missing; the caller frees */
char *program_nats(void);
char *program_postgres(const char *folder, const char *name);
char *program_daemon(const char *name);

/* The folder of PostgreSQL's programs: of the version that made the cluster, else the newest. */
char *program_postgres_folder(const struct state *state);
char *program_postgres_of(int version); /* of that major version; 0: the newest */

/* The major version that made the cluster in this state, 0 when there is none yet. */
int postgres_cluster_version(const struct state *state);

/* All of them: false names what is missing and the package to install. */
bool programs_check(const struct state *state, struct failure *failure);

#endif
