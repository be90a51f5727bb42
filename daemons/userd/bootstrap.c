/* Clients that the installation made: a folder with a file per client. */
#include "daemons/userd/bootstrap.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "daemons/userd/sql.h"
#include "daemons/userd/userd.h"
#include "lib/base/buf.h"
#include "lib/base/file.h"
#include "lib/base/hash.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/db/session.h"

#define CLIENTS_MAX    64
#define SECRET_LEN_MIN 32

struct bootstrap_client {
	char *id;
	char secret_hash[HASH_HEX_SIZE];
	const char *wrong; /* why the file is not used; NULL: it is */
};

struct bootstrap {
	size_t count;
	struct bootstrap_client clients[CLIENTS_MAX];
};

/* As it was last stored. */
static char stored[HASH_HEX_SIZE];

static void bootstrap_free(struct bootstrap *bootstrap)
{
	for (size_t i = 0; i < bootstrap->count; i++)
		free(bootstrap->clients[i].id);
}

static int is_client_name(const struct dirent *entry)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

	return entry->d_name[strspn(entry->d_name, allowed)] == '\0' && strlen(entry->d_name) <= 64;
}

static void read_client(struct bootstrap_client *client, const char *folder, const char *name)
{
	char *path scoped(scoped_free) = xasprintf("%s/%s", folder, name);
	char *secret scoped(scoped_free) = file_read_line(path);

	*client = (struct bootstrap_client){ .id = xstrdup(name) };
	if (!secret) {
		client->wrong = "it cannot be read";
	} else if (strlen(secret) < SECRET_LEN_MIN) {
		client->wrong = "the secret needs at least 32 characters";
	} else {
		hash_sha256_hex(secret, strlen(secret), client->secret_hash);
		sodium_memzero(secret, strlen(secret));
	}
}

static bool read_folder(struct bootstrap *bootstrap, const char *folder)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, is_client_name, alphasort);

	for (int i = 0; i < count; i++) {
		if (bootstrap->count < CLIENTS_MAX)
			read_client(&bootstrap->clients[bootstrap->count++], folder,
				    entries[i]->d_name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return count >= 0;
}

static void fingerprint(const struct bootstrap *bootstrap, char out[HASH_HEX_SIZE])
{
	struct buf text = BUF_INIT(0);

	for (size_t i = 0; i < bootstrap->count; i++)
		buf_addf(&text, "%s %s\n", bootstrap->clients[i].id,
			 bootstrap->clients[i].secret_hash);
	hash_sha256_hex(text.data ? text.data : "", text.len, out);
	buf_free(&text);
}

static bool store(struct session *db, const struct bootstrap *bootstrap)
{
	for (size_t i = 0; i < bootstrap->count; i++) {
		const struct bootstrap_client *client = &bootstrap->clients[i];
		bool is_admin = str_eq(client->id, "admin");
		PGresult *put scoped(scoped_result) = NULL;

		if (client->wrong) {
			log_warn("bootstrap_clients: %s: %s", client->id, client->wrong);
			continue;
		}
		put = session_query(db, SQL(put_client), "id", client->id, "role",
				    is_admin ? "admin" : "service", "audience",
				    is_admin ? "ecom" : "internal", "secret_hash",
				    client->secret_hash);
		if (!session_ok(put))
			return false;
	}
	return true;
}

bool bootstrap_clients(struct session *db, const char **why)
{
	const char *folder = options_str(userd_settings, "bootstrap_clients");
	struct bootstrap bootstrap = { .count = 0 };
	char now[HASH_HEX_SIZE];
	bool ok = true;

	if (!folder || !*folder)
		return true;
	if (!read_folder(&bootstrap, folder)) {
		*why = "the folder bootstrap_clients cannot be read";
		return false;
	}
	fingerprint(&bootstrap, now);
	if (!str_eq(now, stored)) {
		ok = store(db, &bootstrap);
		if (ok)
			memcpy(stored, now, sizeof(stored));
		else
			*why = "the clients could not be stored";
	}
	bootstrap_free(&bootstrap);
	return ok;
}
