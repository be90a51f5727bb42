/* SHA-256 and unpadded base64url, over libsodium. */
#include "lib/base/hash.h"

#include <stdlib.h>

#include <sodium.h>

#include "lib/base/mem.h"

#define URLSAFE sodium_base64_VARIANT_URLSAFE_NO_PADDING

void hash_sha256(const void *data, size_t len, unsigned char out[HASH_SIZE])
{
	crypto_hash_sha256(out, data, len);
}

void hash_sha256_hex(const void *data, size_t len, char out[HASH_HEX_SIZE])
{
	unsigned char digest[HASH_SIZE];

	hash_sha256(data, len, digest);
	sodium_bin2hex(out, HASH_HEX_SIZE, digest, sizeof(digest));
}

char *hash_random_token(size_t bytes)
{
	unsigned char *random = xmalloc(bytes);
	char *token;

	randombytes_buf(random, bytes);
	token = base64url_encode(random, bytes);
	sodium_memzero(random, bytes);
	free(random);
	return token;
}

char *base64url_encode(const void *data, size_t len)
{
	size_t size = sodium_base64_encoded_len(len, URLSAFE);
	char *out = xmalloc(size);

	return sodium_bin2base64(out, size, data, len, URLSAFE);
}

unsigned char *base64url_decode(const char *s, size_t len, size_t *out_len)
{
	unsigned char *out = xmalloc(len + 1);

	if (sodium_base642bin(out, len + 1, s, len, NULL, out_len, NULL, URLSAFE) == 0) {
		out[*out_len] = '\0';
		return out;
	}
	free(out);
	return NULL;
}
