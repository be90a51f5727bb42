/* Passwords: argon2id through libsodium. */
#include "lib/auth/password.h"

#include <string.h>

#include <sodium.h>

#define PASSES 2
#define MEMORY ((size_t)19456 << 10) /* bytes */

_Static_assert(PASSWORD_HASH_SIZE == crypto_pwhash_STRBYTES, "a hash fits exactly");

/* Without it libsodium takes its slowest implementation; it is cheap when repeated. */
static bool ready(void)
{
	return sodium_init() >= 0;
}

bool password_hash(const char *password, char out[PASSWORD_HASH_SIZE])
{
	return ready() && crypto_pwhash_str(out, password, strlen(password), PASSES, MEMORY) == 0;
}

static void spend_the_same_time(const char *password)
{
	static const unsigned char salt[crypto_pwhash_SALTBYTES];
	unsigned char hash[32];

	if (crypto_pwhash(hash, sizeof(hash), password, strlen(password), salt, PASSES, MEMORY,
			  crypto_pwhash_ALG_ARGON2ID13) == 0)
		sodium_memzero(hash, sizeof(hash));
}

bool password_verify(const char *hash, const char *password)
{
	if (!ready())
		return false;
	if (!hash) {
		spend_the_same_time(password);
		return false;
	}
	return crypto_pwhash_str_verify(hash, password, strlen(password)) == 0;
}

bool password_needs_rehash(const char *hash)
{
	return crypto_pwhash_str_needs_rehash(hash, PASSES, MEMORY) != 0;
}
