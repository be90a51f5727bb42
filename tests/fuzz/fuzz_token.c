/* Access tokens: nothing that we did not sign is ever accepted. */
#include <stdlib.h>

#include "lib/auth/token.h"
#include "lib/base/mem.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct verifier *verifier;
	const struct identity *identity;

	if (!verifier) {
		struct signing_key *key = signing_key_make();
		char *jwk = signing_key_jwk(key);
		char *jwks = xasprintf("{\"keys\":[%s]}", jwk);

		verifier = verifier_new("ecom");
		if (!verifier_set_keys(verifier, jwks, __builtin_strlen(jwks)))
			abort();
		free(jwks);
		free(jwk);
		signing_key_free(key);
	}
	if (verifier_check(verifier, (const char *)data, size, "ecom", &identity) == TOKEN_OK)
		abort();
	return 0;
}
