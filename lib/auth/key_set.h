/* The public keys that tokens may be signed with, read from a JWKS (RFC 7517). */
#ifndef ECOM_LIB_AUTH_KEY_SET_H
#define ECOM_LIB_AUTH_KEY_SET_H

#include <stdbool.h>
#include <stddef.h>

#define KEY_SET_MAX      16
#define KEY_ID_MAX       64 /* bytes */
#define KEY_BITS_MIN     2048
#define KEY_BITS_MAX     8192  /* verifying with a larger one is a way to keep us busy */
#define KEY_SET_TEXT_MAX 65536 /* bytes of a JWKS */

struct key_set;
struct key_set_key;

/*
 * The RSA signature keys of a JWKS; other kinds are skipped. NULL when it is no JWKS, when a kid
 * comes twice, or when it has no key that we can use: the caller keeps what it had.
 */
struct key_set *key_set_parse(const char *jwks, size_t len);
void key_set_free(struct key_set *set);

/* NULL: unknown. */
const struct key_set_key *key_set_find(const struct key_set *set, const char *kid);

/* The kid of the n-th key and its public key as PEM, which the caller frees; NULL after the last. */
char *key_set_pem(const struct key_set *set, size_t n, const char **kid);

/* Both sets have this kid, with the same key. */
bool key_set_agree(const struct key_set *a, const struct key_set *b, const char *kid);

/* An RS256 signature (RSASSA-PKCS1-v1_5 with SHA-256) over data. One thread at a time. */
bool key_set_verify(const struct key_set_key *key, const void *data, size_t len,
		    const unsigned char *signature, size_t signature_len);

#endif
