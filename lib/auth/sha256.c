/* SHA-256 by OpenSSL. */
#include "lib/auth/sha256.h"

#include <pthread.h>

#include <openssl/evp.h>

#include "lib/base/log.h"

/* Fetched once: looking an algorithm up by name costs more than hashing a token. */
static EVP_MD *algorithm;

static void fetch(void)
{
	algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
}

void sha256(const void *data, size_t len, unsigned char out[HASH_SIZE])
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, fetch);
	if (!algorithm || EVP_Digest(data, len, out, NULL, algorithm, NULL) != 1)
		die("OpenSSL has no SHA-256");
}
