/* Making access tokens. */
#include "lib/auth/token.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "lib/auth/signing_key.h"
#include "lib/base/hash.h"
#include "lib/base/json.h"
#include "lib/base/uuid.h"

static char *encode(const json_t *value)
{
	char *text scoped(scoped_free) = json_text(value);

	return base64url_encode(text, strlen(text));
}

static char *header_make(const struct signing_key *key)
{
	json_t *header scoped(scoped_json) = json_pack("{s:s, s:s, s:s}", "alg", "RS256", "typ",
						       "at+jwt", "kid", signing_key_id(key));

	return encode(header);
}

static char *payload_make(const struct token_claims *claims)
{
	char id[UUID_SIZE];
	json_t *payload scoped(scoped_json) = NULL;

	uuid_make(id);
	payload = json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:s, s:s}", "iss", claims->issuer,
			    "sub", claims->subject, "aud", claims->audience, "exp",
			    (json_int_t)claims->expires_at, "iat", (json_int_t)claims->issued_at,
			    "nbf", (json_int_t)claims->issued_at, "jti", id, "scope",
			    claims->scope);
	if (*claims->session)
		json_object_set_new(payload, "sid", json_string(claims->session));
	return encode(payload);
}

static char *signature_make(const struct signing_key *key, const char *text)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char signature[1024]; /* of a key of 8192 bits */
	size_t len = sizeof(signature);
	char *encoded = NULL;

	if (context &&
	    EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, signing_key_pkey(key)) == 1 &&
	    EVP_DigestSign(context, signature, &len, (const unsigned char *)text, strlen(text)) ==
		    1)
		encoded = base64url_encode(signature, len);
	EVP_MD_CTX_free(context);
	ERR_clear_error();
	return encoded;
}

char *token_sign(const struct signing_key *key, const struct token_claims *claims)
{
	char *header scoped(scoped_free) = header_make(key);
	char *payload scoped(scoped_free) = payload_make(claims);
	char *text scoped(scoped_free) = xasprintf("%s.%s", header, payload);
	char *signature scoped(scoped_free) = signature_make(key, text);

	return signature ? xasprintf("%s.%s", text, signature) : NULL;
}
