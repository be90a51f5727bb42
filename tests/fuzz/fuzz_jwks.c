/* Key sets, which come over the network. */
#include "lib/auth/token.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct verifier *verifier = verifier_new("ecom");

	verifier_set_keys(verifier, (const char *)data, size);
	verifier_free(verifier);
	return 0;
}
