/* Verifying a backup: by restoring it where nobody sees it. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "daemons/admind/backup.h"
#include "daemons/admind/backup_dumps.h"
#include "daemons/admind/backup_files.h"
#include "daemons/admind/backup_make.h"
#include "daemons/admind/progress.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"

static bool look(const char *backup, const json_t *manifest, const char *folder, bool *violated,
		 struct failure *failure)
{
	char *programs scoped(scoped_free) = backup_programs(manifest, failure);
	char *cluster scoped(scoped_free) = xasprintf("%s/postgres", folder);
	char *log scoped(scoped_free) = xasprintf("%s/postgres.log", folder);
	struct scratch scratch = { 0 };
	struct failure ignored;
	bool ok = programs && backup_extract(backup, manifest, programs, cluster, folder, failure);

	if (!ok)
		return false;
	progress_step("recover", "Starting PostgreSQL on it");
	ok = scratch_start(&scratch, programs, cluster, log, false, failure) &&
	     backup_dumps_restore(backup, manifest, programs, &scratch, folder, false, failure) &&
	     backup_check(&scratch, manifest, violated, failure);
	scratch_stop(&scratch, ok ? failure : &ignored);
	return ok;
}

bool backup_verify(const char *backup, const char *scratch, bool *violated, struct failure *failure)
{
	json_t *manifest scoped(scoped_json) = backup_manifest(backup, failure);
	char *folder scoped(scoped_free) = xasprintf("%s/" BACKUP_SCRATCH, scratch);
	struct failure ignored;
	bool ok;

	*violated = false;
	if (!manifest || !backup_folder_lock(scratch, failure) || !backup_remove(folder, failure))
		return false;
	if (mkdir(folder, 0700) < 0)
		return failure_errno(failure, "cannot make the folder %s", folder);
	ok = look(backup, manifest, folder, violated, failure);
	ok = backup_remove(folder, ok ? failure : &ignored) && ok;
	if (ok)
		progress_tell(json_pack("{s:o}", "done", backup_view(backup, manifest)));
	return ok;
}
