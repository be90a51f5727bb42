/*
 * Access tokens: JWT (RFC 7519, 9068), RS256 and nothing else (RFC 8725), whatever a header says.
 * Claims: iss, sub, aud (one string: "ecom" or "internal"), exp, iat, nbf, jti, sid, scope.
 */
#ifndef ECOM_LIB_AUTH_TOKEN_H
#define ECOM_LIB_AUTH_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/auth/identity.h"
#include "lib/base/mem.h"

#define TOKEN_SIZE_MAX     8192
#define TOKEN_SKEW_SECONDS 30

struct verifier;

struct verifier *verifier_new(const char *issuer);
void verifier_free(struct verifier *verifier);

/* Replaces the key set with the RSA keys (2048 bits or more) of a JWKS (RFC 7517); false leaves the
 * old one. Cached verdicts of vanished keys are forgotten. Loop thread only. */
bool verifier_set_keys(struct verifier *verifier, const char *jwks, size_t len);
bool verifier_has_keys(const struct verifier *verifier);

enum token_verdict {
	TOKEN_OK,
	TOKEN_MALFORMED,
	TOKEN_UNKNOWN_KEY, /* refetching the key set may help */
	TOKEN_BAD_SIGNATURE,
	TOKEN_EXPIRED,
	TOKEN_NOT_YET_VALID,
	TOKEN_WRONG_ISSUER,
	TOKEN_WRONG_AUDIENCE,
};

/*
 * Verifies a compact token for an audience. Verified tokens are remembered by SHA-256 until they
 * expire, so *identity belongs to the verifier and is valid until the next call; copy what stays.
 * Loop thread only.
 */
enum token_verdict verifier_check(struct verifier *verifier, const char *token, size_t len,
				  const char *audience, const struct identity **identity);

/* The same from any thread, for tasks: nothing is remembered, and the identity is the caller's to
 * free() in one piece; NULL unless TOKEN_OK. */
enum token_verdict verifier_open(struct verifier *verifier, const char *token, size_t len,
				 const char *audience, struct identity **identity);
const char *token_verdict_text(enum token_verdict verdict);

struct signing_key;

/* A new RSA key of 2048 bits; its kid is the RFC 7638 thumbprint. */
struct signing_key *signing_key_make(void);
struct signing_key *signing_key_load(const char *pem); /* NULL: not an RSA private key */
void signing_key_free(struct signing_key *key);
const char *signing_key_id(const struct signing_key *key);
char *signing_key_pem(const struct signing_key *key); /* PKCS #8; the caller frees */
char *signing_key_jwk(const struct signing_key *key); /* public JWK; the caller frees */

struct token_claims {
	const char *issuer, *subject, *audience, *session, *scope; /* scope: words with spaces */
	int64_t issued_at, expires_at;
};

/* A signed compact token, freed by the caller; NULL when OpenSSL fails. About a millisecond: tasks
 * only, never the loop. The key may be used by several threads at once. */
char *token_sign(const struct signing_key *key, const struct token_claims *claims) must_check;

#endif
