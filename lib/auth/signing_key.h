/* What signing_key.c shows to token_sign.c. Private to lib/auth. */
#ifndef ECOM_LIB_AUTH_SIGNING_KEY_H
#define ECOM_LIB_AUTH_SIGNING_KEY_H

#include <openssl/evp.h>

struct signing_key;

EVP_PKEY *signing_key_pkey(const struct signing_key *key);

#endif
