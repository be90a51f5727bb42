/* Refresh tokens. */
#include "daemons/userd/refresh_token.h"

#include <string.h>

#include <sodium.h>

#include "lib/base/mem.h"
#include "lib/base/str.h"

#define TEXT_LEN (REFRESH_TOKEN_SIZE - 1)
#define NONCE    crypto_secretbox_NONCEBYTES
#define SEALED   (NONCE + crypto_secretbox_MACBYTES + TEXT_LEN)

_Static_assert(REFRESH_TOKEN_SEALED_SIZE == 2 * SEALED + 1, "the sealed size in hexadecimal");

static void hash(struct refresh_token *token)
{
	hash_sha256_hex(token->text, TEXT_LEN, token->hash);
}

void refresh_token_make(struct refresh_token *out)
{
	char *random scoped(scoped_free) = hash_random_token(32);

	memcpy(out->text, REFRESH_TOKEN_PREFIX, strlen(REFRESH_TOKEN_PREFIX));
	memcpy(out->text + strlen(REFRESH_TOKEN_PREFIX), random, strlen(random) + 1);
	hash(out);
}

bool refresh_token_take(const char *text, struct refresh_token *out)
{
	if (strlen(text) != TEXT_LEN || !str_has_prefix(text, REFRESH_TOKEN_PREFIX))
		return false;
	memcpy(out->text, text, REFRESH_TOKEN_SIZE);
	hash(out);
	return true;
}

static void key_from_token(const struct refresh_token *token,
			   unsigned char out[crypto_secretbox_KEYBYTES])
{
	static const unsigned char purpose[] = "ecom refresh token successor";

	crypto_generichash(out, crypto_secretbox_KEYBYTES, (const unsigned char *)token->text,
			   TEXT_LEN, purpose, sizeof(purpose) - 1);
}

void refresh_token_seal(const struct refresh_token *token, const struct refresh_token *key,
			char out[REFRESH_TOKEN_SEALED_SIZE])
{
	unsigned char secret[crypto_secretbox_KEYBYTES], sealed[SEALED];

	key_from_token(key, secret);
	randombytes_buf(sealed, NONCE);
	crypto_secretbox_easy(sealed + NONCE, (const unsigned char *)token->text, TEXT_LEN, sealed,
			      secret);
	sodium_bin2hex(out, REFRESH_TOKEN_SEALED_SIZE, sealed, sizeof(sealed));
	sodium_memzero(secret, sizeof(secret));
}

bool refresh_token_unseal(const char *sealed, const struct refresh_token *key,
			  struct refresh_token *out)
{
	unsigned char secret[crypto_secretbox_KEYBYTES], bytes[SEALED], text[TEXT_LEN + 1] = { 0 };
	size_t len = 0;
	bool ok;

	key_from_token(key, secret);
	ok = sodium_hex2bin(bytes, sizeof(bytes), sealed, strlen(sealed), NULL, &len, NULL) == 0 &&
	     len == SEALED &&
	     crypto_secretbox_open_easy(text, bytes + NONCE, SEALED - NONCE, bytes, secret) == 0 &&
	     refresh_token_take((const char *)text, out);
	sodium_memzero(secret, sizeof(secret));
	return ok;
}
