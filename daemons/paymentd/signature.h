/*
 * Signatures of webhooks: `t=SECONDS,v1=HEX`, the hex HMAC-SHA256 of "SECONDS.BODY" with the shared
 * secret. Several v1 are allowed while a secret is being changed.
 */
#ifndef ECOM_DAEMONS_PAYMENTD_SIGNATURE_H
#define ECOM_DAEMONS_PAYMENTD_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIGNATURE_TOLERANCE_S 300
#define SIGNATURE_HEX_SIZE    65

void signature_make(const char *secret, int64_t t, const void *body, size_t len,
		    char out[SIGNATURE_HEX_SIZE]);

/* False for a missing, malformed, wrong, old or future one. Takes the same time for each. */
bool signature_is_valid(const char *header, const char *secret, const void *body, size_t len,
			int64_t now_s);

#endif
