/* Signatures by Standard Webhooks (https://www.standardwebhooks.com), version 1: symmetric keys. */
#ifndef ECOM_LIB_AUTH_WEBHOOK_SIGN_H
#define ECOM_LIB_AUTH_WEBHOOK_SIGN_H

#include <stdint.h>

#define WEBHOOK_SECRET_BYTES 32
#define WEBHOOK_SECRET_SIZE  64 /* whsec_, base64 of the bytes, and the NUL */

/* A new secret. */
void webhook_secret_make(char out[WEBHOOK_SECRET_SIZE]);

/*
 * The value of the header webhook-signature: "v1," and the base64 HMAC-SHA256 of ID.SECONDS.BODY for each of
 * the secrets, in their order, between spaces. What is no secret is left out; NULL when none is left. The
 * caller frees.
 */
char *webhook_sign(const char *secrets, const char *id, int64_t seconds, const char *body);

#endif
