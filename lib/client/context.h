/*
 * Contexts: the shops this user works with, by name, and the credentials for each.
 *
 * Contexts are in $XDG_CONFIG_HOME/ecomctl/config.yaml, credentials in
 * $XDG_STATE_HOME/ecomctl/credentials.json (0600). Both are replaced atomically under a lock, so
 * that programs running at the same time lose nothing.
 */
#ifndef ECOM_LIB_CLIENT_CONTEXT_H
#define ECOM_LIB_CLIENT_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/mem.h"

struct context {
	char *name;    /* letters, digits, '.', '_' and '-' */
	char *server;  /* URL of the admin API, "http://127.0.0.1:8081" */
	char *shop;    /* URL of the shop API; NULL: not known */
	char *state;   /* the state folder when the shop runs on this machine; NULL: remote */
	bool guarded;  /* `protected`: destructive writes want the context's name typed */
	bool readonly; /* no write is sent */
};

struct contexts {
	struct context *list;
	size_t count;
	char *current; /* name; NULL: none */
};

/* What proves who we are. NULL and 0: not there. */
struct credential {
	char *client_id, *client_secret; /* a program: client credentials */
	char *email;                     /* a person, for display */
	char *refresh_token;
	char *access_token;
	int64_t expires_at; /* of the access token, seconds since 1970 */
};

/* Where the files are; the caller frees. */
char *context_config_path(void);
char *context_credentials_path(void);

/*
 * Reads the contexts; no file is an empty list. A file we do not understand gives false and one
 * line in *error with file and line. Unknown keys are kept out and told through *warning (NULL:
 * none). The caller frees both texts.
 */
must_check bool contexts_load(struct contexts *out, char **error, char **warning);
void contexts_free(struct contexts *contexts);

/* The context of this name, or the current one for NULL. NULL when there is none. */
struct context *contexts_find(const struct contexts *contexts, const char *name);

bool context_name_is_valid(const char *name);
void context_free(struct context *context); /* the members, not the struct */
struct context context_copy(const struct context *context);

/*
 * Adds a context, or replaces the one of the same name, with its credential (NULL: the stored one
 * stays). It becomes current when none is, and is then the only one or the first one used. False:
 * *error tells why in one line; nothing was changed then, or only the credential was stored.
 */
must_check bool context_store(const struct context *context, const struct credential *credential,
			      char **error);

must_check bool context_use(const char *name, char **error);
must_check bool context_rename(const char *from, const char *to, char **error);
must_check bool context_delete(const char *name, char **error); /* with its credential */

/* False only when the file cannot be read; a context without credential gives an empty one. */
must_check bool credential_load(const char *context, struct credential *out, char **error);

/* Stores, or removes for NULL. */
must_check bool credential_store(const char *context, const struct credential *credential,
				 char **error);
void credential_free(struct credential *credential); /* the members, wiped */

#endif
