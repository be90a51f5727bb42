/* Verifying access tokens: structure, key, signature, claims, in this order. */
#include "lib/auth/token.h"

#include <pthread.h>
#include <stdlib.h>

#include "lib/auth/claims.h"
#include "lib/auth/key_set.h"
#include "lib/auth/sha256.h"
#include "lib/auth/verdict_cache.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/str.h"

struct verifier {
	char *issuer;
	pthread_mutex_t lock; /* of the keys: tasks verify too */
	struct key_set *keys; /* NULL before the first set */
	struct verdict_cache *cache;
};

struct verifier *verifier_new(const char *issuer)
{
	struct verifier *verifier = xcalloc(1, sizeof(*verifier));

	pthread_mutex_init(&verifier->lock, NULL);
	verifier->issuer = xstrdup(issuer);
	verifier->cache = verdict_cache_new();
	return verifier;
}

void verifier_free(struct verifier *verifier)
{
	if (!verifier)
		return;
	key_set_free(verifier->keys);
	verdict_cache_free(verifier->cache);
	pthread_mutex_destroy(&verifier->lock);
	free(verifier->issuer);
	free(verifier);
}

struct change {
	const struct key_set *before, *after;
};

static bool key_stays(const char *kid, void *arg)
{
	const struct change *change = arg;

	return key_set_agree(change->before, change->after, kid);
}

bool verifier_set_keys(struct verifier *verifier, const char *jwks, size_t len)
{
	struct key_set *keys = key_set_parse(jwks, len);
	struct change change = { .before = verifier->keys, .after = keys };

	if (!keys)
		return false;
	verdict_cache_filter(verifier->cache, key_stays, &change);
	pthread_mutex_lock(&verifier->lock);
	key_set_free(verifier->keys);
	verifier->keys = keys;
	pthread_mutex_unlock(&verifier->lock);
	return true;
}

bool verifier_has_keys(const struct verifier *verifier)
{
	return verifier->keys != NULL;
}

static enum token_verdict signature_check(struct verifier *verifier, const char *kid,
					  const struct token_parts *parts)
{
	const struct key_set_key *key;
	enum token_verdict verdict = TOKEN_UNKNOWN_KEY;
	size_t len;
	unsigned char *signature scoped(scoped_free) = base64url_decode(parts->signature,
									parts->signature_len, &len);

	if (!signature)
		return TOKEN_MALFORMED;
	pthread_mutex_lock(&verifier->lock);
	key = verifier->keys ? key_set_find(verifier->keys, kid) : NULL;
	if (key)
		verdict = key_set_verify(key, parts->header, parts->signed_len, signature, len)
				  ? TOKEN_OK
				  : TOKEN_BAD_SIGNATURE;
	pthread_mutex_unlock(&verifier->lock);
	return verdict;
}

/* What can change between two looks at the same token. */
static enum token_verdict identity_check(const struct identity *identity, const char *audience)
{
	if (!str_eq(identity->audience, audience))
		return TOKEN_WRONG_AUDIENCE;
	return identity->expires_at > clock_real_s() - TOKEN_SKEW_SECONDS ? TOKEN_OK
									  : TOKEN_EXPIRED;
}

static enum token_verdict claims_check(const struct verifier *verifier, const struct claims *claims)
{
	int64_t latest = clock_real_s() + TOKEN_SKEW_SECONDS;

	if (!str_eq(claims->issuer, verifier->issuer))
		return TOKEN_WRONG_ISSUER;
	return claims->not_before > latest || claims->issued_at > latest ? TOKEN_NOT_YET_VALID
									 : TOKEN_OK;
}

/* The signature comes first: nothing inside is looked at before it is known to be ours. */
static enum token_verdict token_open(struct verifier *verifier, const struct token_parts *parts,
				     const char *kid, struct identity **identity)
{
	enum token_verdict verdict = signature_check(verifier, kid, parts);
	json_t *payload scoped(scoped_json) = NULL;
	struct claims claims;

	if (verdict != TOKEN_OK)
		return verdict;
	payload = token_part_json(parts->payload, parts->payload_len);
	if (!payload || !claims_read(payload, &claims))
		return TOKEN_MALFORMED;
	verdict = claims_check(verifier, &claims);
	if (verdict != TOKEN_OK)
		return verdict;
	*identity = claims_identity(&claims);
	return *identity ? TOKEN_OK : TOKEN_MALFORMED;
}

/* *kid points into *header, which the caller decrefs. */
static enum token_verdict verify(struct verifier *verifier, const char *token, size_t len,
				 const char *audience, json_t **header, const char **kid,
				 struct identity **identity)
{
	struct token_parts parts;
	enum token_verdict verdict;

	if (!token_split(token, len, &parts))
		return TOKEN_MALFORMED;
	*header = token_part_json(parts.header, parts.header_len);
	*kid = token_header_key_id(*header);
	if (!*kid)
		return TOKEN_MALFORMED;
	verdict = token_open(verifier, &parts, *kid, identity);
	if (verdict == TOKEN_OK)
		verdict = identity_check(*identity, audience);
	if (verdict != TOKEN_OK) {
		free(*identity);
		*identity = NULL;
	}
	return verdict;
}

static enum token_verdict verify_new(struct verifier *verifier, const char *token, size_t len,
				     const unsigned char *digest, const char *audience,
				     const struct identity **identity)
{
	json_t *header scoped(scoped_json) = NULL;
	struct identity *opened = NULL;
	const char *kid;
	enum token_verdict verdict = verify(verifier, token, len, audience, &header, &kid, &opened);

	if (verdict == TOKEN_OK) {
		verdict_cache_add(verifier->cache, digest, kid, opened);
		*identity = opened;
	}
	return verdict;
}

enum token_verdict verifier_open(struct verifier *verifier, const char *token, size_t len,
				 const char *audience, struct identity **identity)
{
	json_t *header scoped(scoped_json) = NULL;
	const char *kid;

	*identity = NULL;
	if (len > TOKEN_SIZE_MAX)
		return TOKEN_MALFORMED;
	return verify(verifier, token, len, audience, &header, &kid, identity);
}

enum token_verdict verifier_check(struct verifier *verifier, const char *token, size_t len,
				  const char *audience, const struct identity **identity)
{
	unsigned char digest[HASH_SIZE];
	const struct identity *known;
	enum token_verdict verdict;

	*identity = NULL;
	if (len > TOKEN_SIZE_MAX)
		return TOKEN_MALFORMED;
	sha256(token, len, digest);
	known = verdict_cache_find(verifier->cache, digest);
	if (!known)
		return verify_new(verifier, token, len, digest, audience, identity);
	verdict = identity_check(known, audience);
	if (verdict == TOKEN_OK)
		*identity = known;
	else if (verdict == TOKEN_EXPIRED)
		verdict_cache_remove(verifier->cache, digest);
	return verdict;
}

const char *token_verdict_text(enum token_verdict verdict)
{
	static const char *const texts[] = {
		[TOKEN_OK] = "The token is valid.",
		[TOKEN_MALFORMED] = "The token is not an RS256 access token of ours.",
		[TOKEN_UNKNOWN_KEY] = "The token was signed with a key that we do not know.",
		[TOKEN_BAD_SIGNATURE] = "The token's signature is wrong.",
		[TOKEN_EXPIRED] = "The token has expired.",
		[TOKEN_NOT_YET_VALID] = "The token is not valid yet.",
		[TOKEN_WRONG_ISSUER] = "The token comes from another issuer.",
		[TOKEN_WRONG_AUDIENCE] = "The token is meant for another audience.",
	};

	return texts[verdict];
}
