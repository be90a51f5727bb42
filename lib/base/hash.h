/* SHA-256 and unpadded base64url, over libsodium. */
#ifndef ECOM_LIB_BASE_HASH_H
#define ECOM_LIB_BASE_HASH_H

#include <stddef.h>

#define HASH_SIZE     32
#define HASH_HEX_SIZE 65 /* 64 digits and the NUL */

void hash_sha256(const void *data, size_t len, unsigned char out[HASH_SIZE]);
void hash_sha256_hex(const void *data, size_t len, char out[HASH_HEX_SIZE]);

/* Random bytes as unpadded base64url: `bytes` 32 gives 43 characters. The caller frees. */
char *hash_random_token(size_t bytes);

/* Unpadded base64url (RFC 4648 section 5). The caller frees; decode answers NULL on bad input. */
char *base64url_encode(const void *data, size_t len);
unsigned char *base64url_decode(const char *s, size_t len, size_t *out_len);

#endif
