/* A backup's cluster, out of its archives and checked. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "daemons/admind/backup.h"
#include "daemons/admind/backup_files.h"
#include "daemons/admind/backup_make.h"
#include "daemons/admind/once.h"
#include "daemons/admind/programs.h"
#include "daemons/admind/progress.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"

char *backup_programs(const json_t *manifest, struct failure *failure)
{
	int version = (int)json_get_int(manifest, "postgres", 0);
	char *programs = program_postgres_of(version);
	char *hint scoped(scoped_free) = xasprintf("apt-get install postgresql-%d", version);

	if (!programs)
		failure_set(failure, hint,
			    "PostgreSQL %d, which made the backup's data, is not installed",
			    version);
	return programs;
}

/* A folder of ours: pg_wal as a link in the archive before would lead this one anywhere. */
static bool folder_make(const char *folder, struct failure *failure)
{
	struct stat info;

	if (mkdir(folder, 0700) == 0)
		return true;
	if (errno != EEXIST || lstat(folder, &info) < 0)
		return failure_errno(failure, "cannot make the folder %s", folder);
	return S_ISDIR(info.st_mode) ||
	       failure_set(failure, "use another backup", "%s of the backup is no folder", folder);
}

static bool unpack(const char *backup, const char *archive, const char *folder, const char *logs,
		   struct failure *failure)
{
	struct launch launch = { 0 };

	if (!folder_make(folder, failure))
		return false;
	words_add(&launch.arguments, "/bin/tar");
	words_add(&launch.arguments, "--extract");
	words_add(&launch.arguments, "--gzip");
	words_add(&launch.arguments, "--no-same-owner");
	words_add(&launch.arguments, "--preserve-permissions");
	words_add(&launch.arguments, "--file=%s/%s", backup, archive);
	words_add(&launch.arguments, "--directory=%s", folder);
	return once_run(logs, "backup-unpack", &launch, "unpacking the backup", failure);
}

static bool cluster_check(const char *backup, const char *programs, const char *cluster,
			  const char *logs, struct failure *failure)
{
	struct launch launch = { 0 };

	words_add(&launch.arguments, "%s/pg_verifybackup", programs);
	words_add(&launch.arguments, "--manifest-path=%s/backup_manifest", backup);
	words_add(&launch.arguments, "--exit-on-error");
	words_add(&launch.arguments, "%s", cluster);
	return once_run(logs, "backup-verify", &launch, "checking the databases' files", failure);
}

bool backup_extract(const char *backup, const json_t *manifest, const char *programs,
		    const char *cluster, const char *logs, struct failure *failure)
{
	char *wal scoped(scoped_free) = xasprintf("%s/pg_wal", cluster);

	progress_step("sums", "Checking the files of the backup");
	if (!backup_files_check(backup, manifest, failure))
		return false;
	progress_step("unpack", "Unpacking the databases");
	return unpack(backup, "base.tar.gz", cluster, logs, failure) &&
	       unpack(backup, "pg_wal.tar.gz", wal, logs, failure) &&
	       cluster_check(backup, programs, cluster, logs, failure);
}

bool backup_unpack_state(const char *backup, const char *folder, const char *logs,
			 struct failure *failure)
{
	return unpack(backup, "state.tar.gz", folder, logs, failure);
}
