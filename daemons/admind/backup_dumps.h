/* The databases of a backup that are on other clusters: SERVICE.dump, by pg_dump. Blocking. */
#ifndef ECOM_DAEMONS_ADMIND_BACKUP_DUMPS_H
#define ECOM_DAEMONS_ADMIND_BACKUP_DUMPS_H

#include <jansson.h>

#include "daemons/admind/backup_pause.h"
#include "daemons/admind/scratch.h"

/* Into the folder, each as it was in the pause. The names of the services in *services, a new reference. */
bool backup_dumps_take(const struct pause *pause, const char *programs, const char *folder,
		       const char *logs, json_t **services, struct failure *failure);

/* The name of its file. The caller frees. */
char *backup_dump_name(const char *service);

/* Whether the restored shop has this database on another cluster. */
bool backup_dump_goes_elsewhere(const json_t *manifest, const char *service);

/* Every database that goes elsewhere can take what comes: before anything is done. */
bool backup_dumps_check(const json_t *manifest, struct failure *failure);

/* Into the scratch cluster, in place of the empty databases that it has by these names; with `elsewhere` those
 * that go there instead to where they go. */
bool backup_dumps_restore(const char *backup, const json_t *manifest, const char *programs,
			  const struct scratch *scratch, const char *logs, bool elsewhere,
			  struct failure *failure);

#endif
