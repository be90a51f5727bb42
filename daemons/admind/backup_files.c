/* Files of a backup: their sums, removing them, keeping them on the disk. */
#include "daemons/admind/backup_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "daemons/admind/backup.h"
#include "daemons/admind/progress.h"
#include "lib/base/file.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

#define CHUNK (256 << 10)

/* --- sums ------------------------------------------------------------------------------------- */

static bool sum(int fd, int64_t *size, char hex[2 * crypto_hash_sha256_BYTES + 1])
{
	char *chunk scoped(scoped_free) = xmalloc(CHUNK);
	unsigned char digest[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state state;
	ssize_t got;

	*size = 0;
	crypto_hash_sha256_init(&state);
	while ((got = read(fd, chunk, CHUNK)) > 0) {
		crypto_hash_sha256_update(&state, (unsigned char *)chunk, (size_t)got);
		*size += got;
	}
	crypto_hash_sha256_final(&state, digest);
	sodium_bin2hex(hex, 2 * sizeof(digest) + 1, digest, sizeof(digest));
	return got == 0;
}

json_t *backup_file_describe(const char *folder, const char *name, struct failure *failure)
{
	char *path scoped(scoped_free) = xasprintf("%s/%s", folder, name);
	int fd scoped(scoped_close) = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	char hex[2 * crypto_hash_sha256_BYTES + 1];
	int64_t size;

	if (fd < 0 || fchmod(fd, 0600) < 0 || fsync(fd) < 0 || !sum(fd, &size, hex)) {
		failure_errno(failure, "cannot read %s", path);
		return NULL;
	}
	return json_pack("{s:s, s:I, s:s}", "name", name, "size", (json_int_t)size, "sha256", hex);
}

static bool file_check(const char *backup, const json_t *file, struct failure *failure)
{
	const char *name = json_get_string(file, "name", "");
	char *path scoped(scoped_free) = xasprintf("%s/%s", backup, name);
	int fd scoped(scoped_close) = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	char hex[2 * crypto_hash_sha256_BYTES + 1];
	int64_t size;

	if (!backup_name_is_valid(name))
		return failure_set(failure, "use another backup",
				   "the manifest of %s names the file \"%s\"", backup, name);
	if (fd < 0 || !sum(fd, &size, hex))
		return failure_errno(failure, "cannot read %s", path);
	if (size != json_get_int(file, "size", -1))
		return failure_set(failure, "use another backup",
				   "%s is damaged: it has %lld bytes, not %lld", path,
				   (long long)size, (long long)json_get_int(file, "size", -1));
	if (!str_eq(hex, json_get_string(file, "sha256", "")))
		return failure_set(failure, "use another backup",
				   "%s is damaged: its SHA-256 is not the one of the manifest",
				   path);
	return true;
}

bool backup_files_check(const char *backup, const json_t *manifest, struct failure *failure)
{
	const json_t *file;
	size_t i;

	json_array_foreach (json_object_get(manifest, "files"), i, file) {
		if (!file_check(backup, file, failure))
			return false;
	}
	return true;
}

/* --- folders ---------------------------------------------------------------------------------- */

static int entry_remove(const char *path, const struct stat *info, int type, struct FTW *where)
{
	(void)info;
	(void)type;
	(void)where;
	return remove(path);
}

bool backup_remove(const char *path, struct failure *failure)
{
	if (nftw(path, entry_remove, 16, FTW_DEPTH | FTW_PHYS) == 0 || errno == ENOENT)
		return true;
	return failure_errno(failure, "cannot remove %s", path);
}

bool backup_folder_sync(const char *folder, struct failure *failure)
{
	int fd scoped(scoped_close) = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0 && fsync(fd) == 0)
		return true;
	return failure_errno(failure, "cannot write %s to the disk", folder);
}

bool backup_folder_lock(const char *folder, struct failure *failure)
{
	char *path scoped(scoped_free) = xasprintf("%s/.lock", folder);
	int fd;

	if (!file_make_dirs(folder, 0700))
		return failure_errno(failure, "cannot make the folder %s", folder);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return failure_errno(failure, "cannot write %s", path);
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return true; /* the descriptor stays open as long as we live */
	close(fd);
	return failure_set(failure, "wait until it is done",
			   "another backup or verification is at work in %s", folder);
}

/* Nothing of others: the folder may be one that they use, too. */
static int is_leftover(const struct dirent *entry)
{
	int64_t ms;

	return backup_name_time(entry->d_name, BACKUP_PARTIAL, &ms) ||
	       str_eq(entry->d_name, BACKUP_SCRATCH);
}

bool backup_leftovers_remove(const char *folder, struct failure *failure)
{
	struct dirent **entries = NULL;
	int count = scandir(folder, &entries, is_leftover, NULL);
	bool ok = true;

	for (int i = 0; i < count; i++) {
		char *path scoped(scoped_free) = xasprintf("%s/%s", folder, entries[i]->d_name);

		ok = ok && backup_remove(path, failure);
		free(entries[i]);
	}
	free(entries);
	return ok;
}

/* Under another name first: half of a backup must not look like one. */
static bool backup_take_away(const char *backup, struct failure *failure)
{
	char *partial scoped(scoped_free) = xasprintf("%s" BACKUP_PARTIAL, backup);

	if (rename(backup, partial) < 0)
		return failure_errno(failure, "cannot rename %s", backup);
	return backup_remove(partial, failure);
}

bool backup_prune(const char *folder, int keep, struct failure *failure)
{
	json_t *list scoped(scoped_json) = backup_list(folder);
	const json_t *entry;
	int64_t ms;
	size_t i;

	json_array_foreach (list, i, entry) {
		const char *backup = json_get_string(entry, "folder", "");

		if (!backup_name_time(strrchr(backup, '/') + 1, "", &ms) || keep-- > 0)
			continue;
		if (!backup_take_away(backup, failure))
			return false;
		progress_event("removed the old backup %s", backup);
	}
	return true;
}
