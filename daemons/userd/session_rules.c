/* Sessions and the OAuth endpoints. What the latter miss is an OAuth error, so nothing is required. */
#include "daemons/userd/rules.h"
#include "lib/auth/password.h"
#include "lib/auth/token.h"

const struct field login_rules[] = {
	{ "email", EMAIL, REQUIRED },
	{ "password", STRING, REQUIRED, .min = 1, .max = PASSWORD_MAX, .secret = true },
	{ 0 },
};

const struct field token_rules[] = {
	{ "grant_type", STRING, .help = "refresh_token or client_credentials" },
	{ "refresh_token", STRING, .max = 256, .secret = true },
	{ "client_id", STRING, .max = 64, .help = "Unless HTTP Basic says it" },
	{ "client_secret", STRING, .max = 256, .secret = true },
	{ "scope", STRING, .help = "Some of the scopes, with spaces; all when absent" },
	{ "audience", STRING, .max = 64, .help = "ecom or internal" },
	{ 0 },
};

const struct field revocation_rules[] = {
	{ "token", STRING, .max = TOKEN_SIZE_MAX, .secret = true },
	{ "token_type_hint", STRING },
	{ "client_id", STRING, .max = 64 },
	{ "client_secret", STRING, .max = 256, .secret = true },
	{ 0 },
};
