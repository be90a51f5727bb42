/* Who asks: the verified content of an access token. */
#ifndef ECOM_LIB_AUTH_IDENTITY_H
#define ECOM_LIB_AUTH_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IDENTITY_SCOPES_MAX 64

struct identity {
	const char *subject;  /* user id, "client:<id>" or "guest:<id>" */
	const char *session;  /* sid: the refresh family, "" for a client */
	const char *audience; /* "ecom" or "internal" */
	int64_t expires_at;   /* seconds since the epoch */
	size_t nscopes;
	const char *scopes[IDENTITY_SCOPES_MAX];
	const char *scopes_array; /* the same as a PostgreSQL text[] literal */
};

bool identity_has_scope(const struct identity *identity, const char *scope);

#endif
