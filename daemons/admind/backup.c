/* Backups as they lie in a folder: names, manifests, the list. */
#include "daemons/admind/backup.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/file.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

bool backup_name_is_valid(const char *name)
{
	if (!isalnum((unsigned char)*name) || str_has_suffix(name, BACKUP_PARTIAL))
		return false;
	for (; *name; name++) {
		if (!isalnum((unsigned char)*name) && !strchr("._:-", *name))
			return false;
	}
	return true;
}

bool backup_name_time(const char *name, const char *suffix, int64_t *ms)
{
	struct tm tm = { 0 };
	const char *rest = strptime(name, BACKUP_NAME, &tm);

	if (!rest || !str_eq(rest, suffix))
		return false;
	*ms = (int64_t)timegm(&tm) * 1000;
	return true;
}

static bool manifest_check(const char *backup, const json_t *manifest, struct failure *failure)
{
	int64_t format = json_get_int(manifest, "format", 0);

	if (format > BACKUP_FORMAT)
		return failure_set(failure, "use the version of ecom that made it, or a newer one",
				   "the backup %s has format %lld, this version knows %d", backup,
				   (long long)format, BACKUP_FORMAT);
	if (format < 1 || !json_is_array(json_object_get(manifest, "files")) ||
	    !*json_get_string(manifest, "version", ""))
		return failure_set(failure, "use another backup",
				   "%s/" BACKUP_MANIFEST " does not describe a backup", backup);
	return true;
}

json_t *backup_manifest(const char *backup, struct failure *failure)
{
	char *path scoped(scoped_free) = xasprintf("%s/" BACKUP_MANIFEST, backup);
	size_t len = 0;
	char *text scoped(scoped_free) = file_read(path, &len);
	json_t *manifest scoped(scoped_json) = NULL;
	const char *error;

	if (!text && errno == ENOENT) {
		failure_set(failure, "ecomctl backup list",
			    "%s is no complete backup: it has no " BACKUP_MANIFEST, backup);
		return NULL;
	}
	if (!text) {
		failure_errno(failure, "cannot read %s", path);
		return NULL;
	}
	manifest = json_parse(text, len, &error);
	if (!manifest) {
		failure_set(failure, "use another backup", "cannot read %s: %s", path, error);
		return NULL;
	}
	return manifest_check(backup, manifest, failure) ? take_ptr(manifest) : NULL;
}

json_t *backup_view(const char *backup, const json_t *manifest)
{
	json_t *view = json_copy((json_t *)(uintptr_t)manifest);

	json_object_del(view, "files");
	json_object_set_new(view, "folder", json_string(backup));
	return view;
}

/* By name, which is the time: the newest first. */
static int compare(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*b)->d_name, (*a)->d_name);
}

static int is_name(const struct dirent *entry)
{
	return backup_name_is_valid(entry->d_name);
}

json_t *backup_list(const char *folder)
{
	json_t *list = json_array();
	struct dirent **entries = NULL;
	int count = scandir(folder, &entries, is_name, compare);

	for (int i = 0; i < count; i++) {
		char *backup scoped(scoped_free) = xasprintf("%s/%s", folder, entries[i]->d_name);
		struct failure ignored;
		json_t *manifest scoped(scoped_json) = backup_manifest(backup, &ignored);

		if (manifest)
			json_array_append_new(list, backup_view(backup, manifest));
		free(entries[i]);
	}
	free(entries);
	return list;
}

int64_t backup_newest_ms(const char *folder)
{
	json_t *list scoped(scoped_json) = backup_list(folder);
	const json_t *entry;
	int64_t newest = 0, ms;
	size_t i;

	json_array_foreach (list, i, entry) {
		if (backup_name_time(json_get_string(entry, "name", ""), "", &ms) && ms > newest)
			newest = ms;
	}
	return newest;
}
