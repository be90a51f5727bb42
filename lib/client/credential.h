/* Credentials, for the client library itself: steps that are taken under one lock. */
#ifndef ECOM_LIB_CLIENT_CREDENTIAL_H
#define ECOM_LIB_CLIENT_CREDENTIAL_H

#include "lib/client/context.h"

/* Takes the lock of the credentials file: a descriptor to close, or -1 with *error. */
must_check int credential_lock(char **error);

/* credential_store() for the holder of the lock. */
must_check bool credential_store_locked(const char *context, const struct credential *credential,
					char **error);

/* Stores the credential of one context under another name too; nothing there is fine. */
must_check bool credential_copy(const char *from, const char *to, char **error);

#endif
