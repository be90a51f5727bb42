/* HMAC signatures of webhooks. */
#include "daemons/paymentd/signature.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "lib/base/mem.h"
#include "lib/base/str.h"

void signature_make(const char *secret, int64_t t, const void *body, size_t len,
		    char out[SIGNATURE_HEX_SIZE])
{
	unsigned char mac[crypto_auth_hmacsha256_BYTES];
	crypto_auth_hmacsha256_state state;
	char prefix[24];

	snprintf(prefix, sizeof(prefix), "%" PRId64 ".", t);
	crypto_auth_hmacsha256_init(&state, (const unsigned char *)secret, strlen(secret));
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)prefix, strlen(prefix));
	crypto_auth_hmacsha256_update(&state, body, len);
	crypto_auth_hmacsha256_final(&state, mac);
	sodium_bin2hex(out, SIGNATURE_HEX_SIZE, mac, sizeof(mac));
}

/* The next element of the list; NULL at the end. */
static char *next_part(char **rest)
{
	char *part = *rest, *comma;

	if (!part)
		return NULL;
	comma = strchr(part, ',');
	if (comma)
		*comma = '\0';
	*rest = comma ? comma + 1 : NULL;
	return part;
}

static bool find_time(const char *header, int64_t *t)
{
	char *copy scoped(scoped_free) = xstrdup(header), *rest = copy;

	for (const char *part; (part = next_part(&rest));) {
		if (str_has_prefix(part, "t="))
			return str_to_int(part + 2, 0, INT64_MAX, t);
	}
	return false;
}

bool signature_is_valid(const char *header, const char *secret, const void *body, size_t len,
			int64_t now_s)
{
	char *copy scoped(scoped_free) = xstrdup(header ? header : ""), *rest = copy;
	char wanted[SIGNATURE_HEX_SIZE];
	bool matches = false;
	int64_t t;

	if (!find_time(copy, &t) || t < now_s - SIGNATURE_TOLERANCE_S ||
	    t > now_s + SIGNATURE_TOLERANCE_S)
		return false;
	signature_make(secret, t, body, len, wanted);
	for (const char *part; (part = next_part(&rest));) {
		if (str_has_prefix(part, "v1=") && str_eq_secret(part + 3, wanted))
			matches = true;
	}
	return matches;
}
