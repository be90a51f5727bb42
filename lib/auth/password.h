/* Passwords: argon2id through libsodium, 19 MiB and 2 passes (OWASP's minimum set) or stronger. */
#ifndef ECOM_LIB_AUTH_PASSWORD_H
#define ECOM_LIB_AUTH_PASSWORD_H

#include <stdbool.h>

#include "lib/base/mem.h"

#define PASSWORD_HASH_SIZE 128
#define PASSWORD_MIN       8   /* code points */
#define PASSWORD_MAX       256 /* code points, so at most 1024 bytes */

/* About 20 ms each: tasks only. False when there is no memory for it. */
bool password_hash(const char *password, char out[PASSWORD_HASH_SIZE]) must_check;

/* `hash` NULL (unknown user) takes as long as a real one and answers false. */
bool password_verify(const char *hash, const char *password) must_check;

/* The hash was made with other parameters than ours. */
bool password_needs_rehash(const char *hash);

#endif
