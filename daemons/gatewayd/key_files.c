/* The public keys of userd's JWKS as PEM files for HAProxy. */
#include "daemons/gatewayd/key_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/auth/key_set.h"
#include "lib/base/file.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

/* A kid becomes a file name and a word of the configuration. */
static bool is_plain(const char *kid)
{
	return *kid && kid[strspn(kid, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "0123456789-_")] == '\0';
}

static bool key_write(const char *folder, const char *kid, const char *pem, json_t *list)
{
	char *path scoped(scoped_free) = xasprintf("%s/keys/%s.pem", folder, kid);

	if (!is_plain(kid)) {
		log_warn("a key is left out: its kid has characters other than A-Z a-z 0-9 - _");
		return true;
	}
	if (!file_write_text(path, pem, 0600)) {
		log_error("cannot write %s: %s", path, strerror(errno));
		return false;
	}
	json_array_append_new(list,
			      json_pack("{s:s, s:s, s:s}", "kid", kid, "file", path, "pem", pem));
	return true;
}

json_t *key_files_write(const char *folder, const char *jwks, size_t len)
{
	struct key_set *set = key_set_parse(jwks, len);
	json_t *list = json_array();
	const char *kid;
	char *pem;
	bool ok = true;

	for (size_t i = 0; set && ok && (pem = key_set_pem(set, i, &kid)); i++) {
		ok = key_write(folder, kid, pem, list);
		free(pem);
	}
	key_set_free(set);
	if (ok && json_array_size(list) > 0)
		return list;
	json_decref(list);
	return NULL;
}

static bool is_listed(const json_t *keys, const char *name)
{
	const json_t *key;
	size_t i;

	json_array_foreach (keys, i, key) {
		const char *file = json_get_string(key, "file", "");

		if (str_eq(strrchr(file, '/') + 1, name))
			return true;
	}
	return false;
}

void key_files_clean(const char *folder, const json_t *keys)
{
	char *path scoped(scoped_free) = xasprintf("%s/keys", folder);
	DIR *dir = opendir(path);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (str_has_suffix(entry->d_name, ".pem") && !is_listed(keys, entry->d_name))
			unlinkat(dirfd(dir), entry->d_name, 0);
	}
	if (dir)
		closedir(dir);
}
