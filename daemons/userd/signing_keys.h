/* The keys that sign access tokens: kept in the database, made under a lock, replaced in time. */
#ifndef ECOM_DAEMONS_USERD_SIGNING_KEYS_H
#define ECOM_DAEMONS_USERD_SIGNING_KEYS_H

#include <stdbool.h>

#include "lib/auth/token.h"

struct session;

/* Makes a key when there is none or the newest is too old, and retires those whose tokens have all
 * expired. False when the database is away. */
bool signing_keys_rotate(struct session *db);

/* A signed token; the caller frees. NULL when there is no key and the database is away. */
char *signing_keys_sign(struct session *db, const struct token_claims *claims) must_check;

#endif
