/* SHA-256 by OpenSSL, which has the processor's own instructions for it: a quarter of the time that
 * lib/base/hash.h takes, for what happens per request. Private to lib/auth. */
#ifndef ECOM_LIB_AUTH_SHA256_H
#define ECOM_LIB_AUTH_SHA256_H

#include "lib/base/hash.h"

void sha256(const void *data, size_t len, unsigned char out[HASH_SIZE]);

#endif
