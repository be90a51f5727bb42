/* Credentials: credentials.json, an object by context name, 0600. */
#include "lib/client/credential.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/file.h"
#include "lib/base/json.h"
#include "lib/base/str.h"
#include "lib/client/files.h"

enum { EXPIRES_NEVER = 0 };

struct member {
	const char *name;
	size_t offset;
};

static const struct member members[] = {
	{ "client_id", offsetof(struct credential, client_id) },
	{ "client_secret", offsetof(struct credential, client_secret) },
	{ "email", offsetof(struct credential, email) },
	{ "refresh_token", offsetof(struct credential, refresh_token) },
	{ "access_token", offsetof(struct credential, access_token) },
};

static char **member_of(struct credential *credential, const struct member *member)
{
	return (char **)(void *)((char *)credential + member->offset);
}

static const char *value_of(const struct credential *credential, const struct member *member)
{
	return *(char *const *)(const void *)((const char *)credential + member->offset);
}

char *context_credentials_path(void)
{
	return client_file("XDG_STATE_HOME", ".local/state", "credentials.json");
}

void credential_free(struct credential *credential)
{
	for (size_t i = 0; i < array_size(members); i++) {
		char **value = member_of(credential, &members[i]);

		if (*value)
			explicit_bzero(*value, strlen(*value));
		free(*value);
	}
	memset(credential, 0, sizeof(*credential));
}

/* The whole file; an empty object when there is none. NULL with *error. */
static json_t *load_all(const char *path, char **error)
{
	size_t len;
	char *text = file_read(path, &len);
	const char *problem;
	json_t *all;

	if (!text && errno == ENOENT)
		return json_object();
	if (!text) {
		*error = xasprintf("%s: %s", path, strerror(errno));
		return NULL;
	}
	all = json_parse(text, len, &problem);
	if (!json_is_object(all)) {
		*error = xasprintf("%s: %s", path, all ? "not a JSON object" : problem);
		json_decref(all);
		all = NULL;
	}
	explicit_bzero(text, len);
	free(text);
	return all;
}

bool credential_load(const char *context, struct credential *out, char **error)
{
	char *path scoped(scoped_free) = context_credentials_path();
	json_t *all scoped(scoped_json) = load_all(path, error);
	const json_t *entry = json_object_get(all, context);

	*out = (struct credential){ 0 };
	if (!all)
		return false;
	for (size_t i = 0; i < array_size(members); i++) {
		const char *value = json_get_string(entry, members[i].name, NULL);

		*member_of(out, &members[i]) = value ? xstrdup(value) : NULL;
	}
	out->expires_at = json_get_int(entry, "expires_at", EXPIRES_NEVER);
	return true;
}

static json_t *entry_of(const struct credential *credential)
{
	json_t *entry = json_object();

	for (size_t i = 0; i < array_size(members); i++) {
		const char *value = value_of(credential, &members[i]);

		if (value)
			json_object_set_new(entry, members[i].name, json_string(value));
	}
	if (credential->access_token)
		json_object_set_new(entry, "expires_at", json_integer(credential->expires_at));
	return entry;
}

static bool save_all(const char *path, const json_t *all, char **error)
{
	char *text = json_dumps(all, JSON_INDENT(2) | JSON_SORT_KEYS);
	bool ok = text && file_write_text(path, text, 0600);

	if (!ok)
		*error = xasprintf("%s: %s", path, text ? strerror(errno) : "cannot be written");
	if (text)
		explicit_bzero(text, strlen(text));
	free(text);
	return ok;
}

int credential_lock(char **error)
{
	char *path scoped(scoped_free) = context_credentials_path();

	return client_lock(path, error);
}

bool credential_store_locked(const char *context, const struct credential *credential, char **error)
{
	char *path scoped(scoped_free) = context_credentials_path();
	json_t *all scoped(scoped_json) = load_all(path, error);

	if (!all)
		return false;
	if (credential)
		json_object_set_new(all, context, entry_of(credential));
	else if (json_object_del(all, context) < 0)
		return true;
	return save_all(path, all, error);
}

bool credential_store(const char *context, const struct credential *credential, char **error)
{
	int lock scoped(scoped_close) = credential_lock(error);

	return lock >= 0 && credential_store_locked(context, credential, error);
}

bool credential_copy(const char *from, const char *to, char **error)
{
	char *path scoped(scoped_free) = context_credentials_path();
	int lock scoped(scoped_close) = credential_lock(error);
	json_t *all scoped(scoped_json) = lock >= 0 ? load_all(path, error) : NULL;
	json_t *entry = json_object_get(all, from);

	if (!all)
		return false;
	if (!entry)
		return true;
	json_object_set(all, to, entry);
	return save_all(path, all, error);
}
