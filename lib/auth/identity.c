/* Who asks: the verified content of an access token. */
#include "lib/auth/identity.h"

#include "lib/base/str.h"

bool identity_has_scope(const struct identity *identity, const char *scope)
{
	for (size_t i = 0; i < identity->nscopes; i++) {
		if (str_eq(identity->scopes[i], scope))
			return true;
	}
	return false;
}
