/*
 * Refresh tokens: 256 random bits with a prefix that scanners for leaked secrets can find. The
 * database has their SHA-256 only.
 */
#ifndef ECOM_DAEMONS_USERD_REFRESH_TOKEN_H
#define ECOM_DAEMONS_USERD_REFRESH_TOKEN_H

#include <stdbool.h>

#include "lib/base/hash.h"

#define REFRESH_TOKEN_PREFIX      "ecom_rt_"
#define REFRESH_TOKEN_SIZE        52  /* the prefix, 43 characters and the NUL */
#define REFRESH_TOKEN_SEALED_SIZE 183 /* hexadecimal and the NUL */

struct refresh_token {
	char text[REFRESH_TOKEN_SIZE];
	char hash[HASH_HEX_SIZE];
};

void refresh_token_make(struct refresh_token *out);

/* False when the text cannot be one of ours. */
bool refresh_token_take(const char *text, struct refresh_token *out);

/* Encrypts a token so that only `key`, another one, opens it (XSalsa20-Poly1305 with a key made
 * by BLAKE2b from that token): what the database holds reveals neither. */
void refresh_token_seal(const struct refresh_token *token, const struct refresh_token *key,
			char out[REFRESH_TOKEN_SEALED_SIZE]);
bool refresh_token_unseal(const char *sealed, const struct refresh_token *key,
			  struct refresh_token *out);

#endif
