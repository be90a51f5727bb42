/* lib/auth: access tokens and everything that must not pass as one, keys, passwords. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include "lib/auth/identity.h"
#include "lib/auth/password.h"
#include "lib/auth/token.h"
#include "lib/auth/verdict_cache.h"
#include "lib/base/clock.h"
#include "lib/base/hash.h"
#include "lib/base/json.h"
#include "lib/base/str.h"

#define ISSUER "ecom"

struct fixture {
	struct signing_key *key, *other;
	EVP_PKEY *pkey;
	struct verifier *verifier;
};

static EVP_PKEY *pkey_of(const struct signing_key *key)
{
	char *pem scoped(scoped_free) = signing_key_pem(key);
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *pkey = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);

	BIO_free(bio);
	return pkey;
}

static char *jwks_of(const struct signing_key *key)
{
	char *jwk scoped(scoped_free) = signing_key_jwk(key);

	return xasprintf("{\"keys\":[%s]}", jwk);
}

static bool set_keys(struct verifier *verifier, const char *jwks)
{
	return verifier_set_keys(verifier, jwks, strlen(jwks));
}

static int setup(void **state)
{
	struct fixture *fixture = xcalloc(1, sizeof(*fixture));
	char *jwks scoped(scoped_free) = NULL;

	fixture->key = signing_key_make();
	fixture->other = signing_key_make();
	fixture->pkey = pkey_of(fixture->key);
	fixture->verifier = verifier_new(ISSUER);
	jwks = jwks_of(fixture->key);
	*state = fixture;
	return set_keys(fixture->verifier, jwks) ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	verifier_free(fixture->verifier);
	EVP_PKEY_free(fixture->pkey);
	signing_key_free(fixture->key);
	signing_key_free(fixture->other);
	free(fixture);
	return 0;
}

static struct token_claims claims_now(void)
{
	return (struct token_claims){ .issuer = ISSUER,
				      .subject = "0190-user",
				      .audience = "ecom",
				      .session = "family",
				      .scope = "catalog:read catalog:write",
				      .issued_at = clock_real_s(),
				      .expires_at = clock_real_s() + 900 };
}

/* Tasks come to the same verdict as the loop. */
static enum token_verdict check(struct fixture *fixture, const char *token)
{
	const struct identity *identity;
	struct identity *own scoped(scoped_free) = NULL;
	enum token_verdict opened = verifier_open(fixture->verifier, token, strlen(token), "ecom",
						  &own);
	enum token_verdict verdict = verifier_check(fixture->verifier, token, strlen(token), "ecom",
						    &identity);

	assert_int_equal(opened, verdict);
	assert_int_equal(own != NULL, verdict == TOKEN_OK);
	if (own)
		assert_string_equal(own->subject, identity->subject);
	return verdict;
}

static enum token_verdict check_claims(struct fixture *fixture, const struct token_claims *claims)
{
	char *token scoped(scoped_free) = token_sign(fixture->key, claims);

	return check(fixture, token);
}

/* header.payload.signature with any bytes in the first two and a true signature over them. */
static char *forge_bytes(EVP_PKEY *pkey, const char *header, size_t header_len, const char *payload,
			 size_t payload_len)
{
	char *first scoped(scoped_free) = base64url_encode(header, header_len);
	char *second scoped(scoped_free) = base64url_encode(payload, payload_len);
	char *text scoped(scoped_free) = xasprintf("%s.%s", first, second);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char signature[512];
	size_t len = sizeof(signature);

	assert_int_equal(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, pkey), 1);
	assert_int_equal(
		EVP_DigestSign(context, signature, &len, (unsigned char *)text, strlen(text)), 1);
	EVP_MD_CTX_free(context);
	char *third scoped(scoped_free) = base64url_encode(signature, len);
	return xasprintf("%s.%s", text, third);
}

static char *forge(struct fixture *fixture, const char *header, const char *payload)
{
	return forge_bytes(fixture->pkey, header, strlen(header), payload, strlen(payload));
}

static char *good_header(struct fixture *fixture)
{
	return xasprintf("{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"%s\"}",
			 signing_key_id(fixture->key));
}

static const char *good_payload(void)
{
	static char payload[256];

	snprintf(payload, sizeof(payload),
		 "{\"iss\":\"ecom\",\"sub\":\"u\",\"aud\":\"ecom\",\"iat\":%lld,\"exp\":%lld}",
		 (long long)clock_real_s(), (long long)clock_real_s() + 900);
	return payload;
}

static enum token_verdict check_payload(struct fixture *fixture, const char *payload)
{
	char *header scoped(scoped_free) = good_header(fixture);
	char *token scoped(scoped_free) = forge(fixture, header, payload);

	return check(fixture, token);
}

static enum token_verdict check_header(struct fixture *fixture, const char *header)
{
	char *token scoped(scoped_free) = forge(fixture, header, good_payload());

	return check(fixture, token);
}

static void test_good_token(void **state)
{
	struct fixture *fixture = *state;
	struct token_claims claims = claims_now();
	char *token scoped(scoped_free) = token_sign(fixture->key, &claims);
	const struct identity *identity;

	for (int round = 0; round < 2; round++) { /* verified, then remembered */
		assert_int_equal(
			verifier_check(fixture->verifier, token, strlen(token), "ecom", &identity),
			TOKEN_OK);
		assert_string_equal(identity->subject, "0190-user");
		assert_string_equal(identity->session, "family");
		assert_string_equal(identity->audience, "ecom");
		assert_int_equal(identity->expires_at, claims.expires_at);
		assert_int_equal(identity->nscopes, 2);
		assert_string_equal(identity->scopes_array, "{\"catalog:read\",\"catalog:write\"}");
		assert_true(identity_has_scope(identity, "catalog:write"));
		assert_false(identity_has_scope(identity, "catalog"));
		assert_int_equal(verifier_check(fixture->verifier, token, strlen(token), "internal",
						&identity),
				 TOKEN_WRONG_AUDIENCE);
		assert_null(identity);
	}
	assert_int_equal(check_payload(fixture, good_payload()), TOKEN_OK);
}

static void test_client_token_has_no_scopes_and_session(void **state)
{
	struct fixture *fixture = *state;
	struct token_claims claims = claims_now();
	const struct identity *identity;

	claims.session = claims.scope = "";
	claims.subject = "client:admin";
	char *token scoped(scoped_free) = token_sign(fixture->key, &claims);
	assert_int_equal(verifier_check(fixture->verifier, token, strlen(token), "ecom", &identity),
			 TOKEN_OK);
	assert_string_equal(identity->session, "");
	assert_string_equal(identity->scopes_array, "{}");
	assert_int_equal(identity->nscopes, 0);
}

static void test_times(void **state)
{
	struct fixture *fixture = *state;
	struct token_claims claims = claims_now();

	claims.expires_at = clock_real_s() - TOKEN_SKEW_SECONDS - 1;
	assert_int_equal(check_claims(fixture, &claims), TOKEN_EXPIRED);
	claims.expires_at = clock_real_s() - 1;
	assert_int_equal(check_claims(fixture, &claims), TOKEN_OK);
	claims.expires_at = INT64_MAX;
	assert_int_equal(check_claims(fixture, &claims), TOKEN_OK);
	claims.expires_at = INT64_MIN;
	assert_int_equal(check_claims(fixture, &claims), TOKEN_EXPIRED);
	claims = claims_now();
	claims.issued_at = clock_real_s() + TOKEN_SKEW_SECONDS + 1000;
	assert_int_equal(check_claims(fixture, &claims), TOKEN_NOT_YET_VALID);
}

static void test_issuer_and_audience(void **state)
{
	struct fixture *fixture = *state;
	struct token_claims claims = claims_now();

	claims.issuer = "ecom2";
	assert_int_equal(check_claims(fixture, &claims), TOKEN_WRONG_ISSUER);
	claims = claims_now();
	claims.audience = "internal";
	assert_int_equal(check_claims(fixture, &claims), TOKEN_WRONG_AUDIENCE);
}

static void test_headers_that_attackers_write(void **state)
{
	static const char *const headers[] = {
		"{\"alg\":\"none\",\"typ\":\"at+jwt\",\"kid\":\"%s\"}",
		"{\"alg\":\"None\",\"typ\":\"at+jwt\",\"kid\":\"%s\"}",
		"{\"alg\":\"NONE\",\"typ\":\"at+jwt\",\"kid\":\"%s\"}",
		"{\"alg\":\"\",\"typ\":\"at+jwt\",\"kid\":\"%s\"}",
		"{\"alg\":null,\"typ\":\"at+jwt\",\"kid\":\"%s\"}",
		"{\"alg\":[\"RS256\"],\"typ\":\"at+jwt\",\"kid\":\"%s\"}",
		"{\"typ\":\"at+jwt\",\"kid\":\"%s\"}",
		"{\"alg\":\"HS256\",\"typ\":\"at+jwt\",\"kid\":\"%s\"}",
		"{\"alg\":\"rs256\",\"typ\":\"at+jwt\",\"kid\":\"%s\"}",
		"{\"alg\":\"RS384\",\"typ\":\"at+jwt\",\"kid\":\"%s\"}",
		"{\"alg\":\"PS256\",\"typ\":\"at+jwt\",\"kid\":\"%s\"}",
		"{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"%s\"}",
		"{\"alg\":\"RS256\",\"alg\":\"none\",\"typ\":\"at+jwt\",\"kid\":\"%s\"}",
		"{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"%s\"}",
		"{\"alg\":\"RS256\",\"kid\":\"%s\"}",
		"{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"%s\",\"crit\":[\"exp\"]}",
		"{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"%s\",\"crit\":[]}",
		"{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":[\"%s\"]}",
		"[\"RS256\",\"at+jwt\",\"%s\"]",
		"{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"%s\"} {}",
		"\"%s\"",
	};
	struct fixture *fixture = *state;
	const char *kid = signing_key_id(fixture->key);

	for (size_t i = 0; i < array_size(headers); i++) {
		char *header scoped(scoped_free) = xstrdup(headers[i]);
		char *place = strstr(header, "%s");
		char *full scoped(scoped_free) = xasprintf("%.*s%s%s", (int)(place - header),
							   header, kid, place + 2);

		assert_int_equal(check_header(fixture, full), TOKEN_MALFORMED);
	}
}

static void test_key_ids(void **state)
{
	static const char *const malformed[] = {
		"{\"alg\":\"RS256\",\"typ\":\"at+jwt\"}",
		"{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"\"}",
		"{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":1}",
		"{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"a\\u0000b\"}",
		"{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"0123456789012345678901234567890123"
		"456789012345678901234567890123456789\"}",
	};
	static const char *const unknown[] = {
		"{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"../../../../dev/null\"}",
		"{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"' OR 1=1 --\"}",
		"{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"x\",\"jku\":\"http://127.0.0.1/"
		"\"}",
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < array_size(malformed); i++)
		assert_int_equal(check_header(fixture, malformed[i]), TOKEN_MALFORMED);
	for (size_t i = 0; i < array_size(unknown); i++)
		assert_int_equal(check_header(fixture, unknown[i]), TOKEN_UNKNOWN_KEY);
}

/* A token that brings its own key, under the kid of ours. */
static void test_embedded_key_is_ignored(void **state)
{
	struct fixture *fixture = *state;
	char *jwk scoped(scoped_free) = signing_key_jwk(fixture->other);
	char *header scoped(scoped_free) =
		xasprintf("{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"%s\",\"jwk\":%s}",
			  signing_key_id(fixture->key), jwk);
	EVP_PKEY *other = pkey_of(fixture->other);
	const char *payload = good_payload();
	char *token scoped(scoped_free) = forge_bytes(other, header, strlen(header), payload,
						      strlen(payload));

	assert_int_equal(check(fixture, token), TOKEN_BAD_SIGNATURE);
	EVP_PKEY_free(other);
}

static void test_public_key_as_secret(void **state)
{
	struct fixture *fixture = *state;
	char *header scoped(scoped_free) =
		xasprintf("{\"alg\":\"HS256\",\"typ\":\"at+jwt\",\"kid\":\"%s\"}",
			  signing_key_id(fixture->key));
	const char *payload = good_payload();
	char *first scoped(scoped_free) = base64url_encode(header, strlen(header));
	char *second scoped(scoped_free) = base64url_encode(payload, strlen(payload));
	char *text scoped(scoped_free) = xasprintf("%s.%s", first, second);
	BIO *bio = BIO_new(BIO_s_mem());
	unsigned char mac[32];
	unsigned int len = 0;
	char *pem;

	assert_int_equal(PEM_write_bio_PUBKEY(bio, fixture->pkey), 1);
	long pem_len = BIO_get_mem_data(bio, &pem);
	HMAC(EVP_sha256(), pem, (int)pem_len, (unsigned char *)text, strlen(text), mac, &len);
	BIO_free(bio);
	char *third scoped(scoped_free) = base64url_encode(mac, len);
	char *token scoped(scoped_free) = xasprintf("%s.%s", text, third);
	assert_int_equal(check(fixture, token), TOKEN_MALFORMED);
}

static void test_payloads_that_are_wrong(void **state)
{
	static const char *const payloads[] = {
		"{}",
		"[]",
		"null",
		"",
		"{\"iss\":\"ecom\",\"sub\":\"u\",\"aud\":[\"ecom\"],\"iat\":1,\"exp\":9999999999}",
		"{\"iss\":\"ecom\",\"sub\":\"u\",\"aud\":[\"ecom\",\"x\"],\"iat\":1,\"exp\":"
		"9999999999}",
		"{\"iss\":\"ecom\",\"sub\":\"u\",\"iat\":1,\"exp\":9999999999}",
		"{\"iss\":\"ecom\",\"sub\":\"u\",\"aud\":\"ecom\",\"iat\":1}",
		"{\"iss\":\"ecom\",\"sub\":\"u\",\"aud\":\"ecom\",\"iat\":1,\"exp\":9999999999.5}",
		"{\"iss\":\"ecom\",\"sub\":\"u\",\"aud\":\"ecom\",\"iat\":1,\"exp\":1e10}",
		"{\"iss\":\"ecom\",\"sub\":\"u\",\"aud\":\"ecom\",\"iat\":1,\"exp\":"
		"\"9999999999\"}",
		"{\"iss\":\"ecom\",\"sub\":\"u\",\"aud\":\"ecom\",\"iat\":1,\"exp\":null}",
		"{\"iss\":\"ecom\",\"sub\":\"u\",\"aud\":\"ecom\",\"iat\":1,\"exp\":"
		"99999999999999999999}",
		"{\"iss\":\"ecom\",\"sub\":\"u\",\"aud\":\"ecom\",\"exp\":9999999999}",
		"{\"iss\":\"ecom\",\"sub\":\"u\",\"aud\":\"ecom\",\"iat\":1.5,\"exp\":9999999999}",
		"{\"iss\":\"ecom\",\"sub\":\"u\",\"aud\":\"ecom\",\"iat\":1,\"nbf\":\"1\",\"exp\":"
		"9999999999}",
		"{\"iss\":\"ecom\",\"sub\":\"\",\"aud\":\"ecom\",\"iat\":1,\"exp\":9999999999}",
		"{\"iss\":\"ecom\",\"sub\":7,\"aud\":\"ecom\",\"iat\":1,\"exp\":9999999999}",
		"{\"iss\":\"ecom\",\"aud\":\"ecom\",\"iat\":1,\"exp\":9999999999}",
		"{\"sub\":\"u\",\"aud\":\"ecom\",\"iat\":1,\"exp\":9999999999}",
		"{\"iss\":[\"ecom\"],\"sub\":\"u\",\"aud\":\"ecom\",\"iat\":1,\"exp\":9999999999}",
		"{\"iss\":\"ecom\",\"sub\":\"u\",\"sub\":\"v\",\"aud\":\"ecom\",\"iat\":1,\"exp\":"
		"9999999999}",
		"{\"iss\":\"ecom\",\"sub\":\"u\\u0000v\",\"aud\":\"ecom\",\"iat\":1,\"exp\":"
		"9999999999}",
		"{\"iss\":\"ecom\",\"sub\":\"u\\ud800\",\"aud\":\"ecom\",\"iat\":1,\"exp\":"
		"9999999999}",
		"{\"iss\":\"ecom\",\"sub\":\"u\xff\",\"aud\":\"ecom\",\"iat\":1,\"exp\":"
		"9999999999}",
		"{\"iss\":\"ecom\",\"sub\":\"u\",\"aud\":\"ecom\",\"iat\":1,\"exp\":9999999999,"
		"\"sid\":1}",
		"{\"iss\":\"ecom\",\"sub\":\"u\",\"aud\":\"ecom\",\"iat\":1,\"exp\":9999999999,"
		"\"scope\":[]}",
		"{\"iss\":\"ecom\",\"sub\":\"u\",\"aud\":\"ecom\",\"iat\":1,\"exp\":9999999999,"
		"\"scope\":\"a  b\"}",
		"{\"iss\":\"ecom\",\"sub\":\"u\",\"aud\":\"ecom\",\"iat\":1,\"exp\":9999999999,"
		"\"scope\":\" a\"}",
		"{\"iss\":\"ecom\",\"sub\":\"u\",\"aud\":\"ecom\",\"iat\":1,\"exp\":9999999999,"
		"\"scope\":\"a \"}",
		"{\"iss\":\"ecom\",\"sub\":\"u\",\"aud\":\"ecom\",\"iat\":1,\"exp\":9999999999,"
		"\"scope\":\"a\\\"},{b\"}",
		"{\"iss\":\"ecom\",\"sub\":\"u\",\"aud\":\"ecom\",\"iat\":1,\"exp\":9999999999,"
		"\"scope\":\"a\\\\b\"}",
		"{\"iss\":\"ecom\",\"sub\":\"u\",\"aud\":\"ecom\",\"iat\":1,\"exp\":9999999999} x",
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < array_size(payloads); i++)
		assert_int_equal(check_payload(fixture, payloads[i]), TOKEN_MALFORMED);
}

static void test_raw_nul_in_payload(void **state)
{
	static const char payload[] = "{\"iss\":\"ecom\",\"sub\":\"u\",\"aud\":\"ecom\",\"iat\":1,"
				      "\"exp\":9999999999}\0{}";
	struct fixture *fixture = *state;
	char *header scoped(scoped_free) = good_header(fixture);
	char *token scoped(scoped_free) = forge_bytes(fixture->pkey, header, strlen(header),
						      payload, sizeof(payload) - 1);

	assert_int_equal(check(fixture, token), TOKEN_MALFORMED);
}

static void test_too_many_scopes(void **state)
{
	struct fixture *fixture = *state;
	struct token_claims claims = claims_now();
	char words[2 * (IDENTITY_SCOPES_MAX + 1)];

	for (size_t i = 0; i <= IDENTITY_SCOPES_MAX; i++) {
		words[2 * i] = 'a';
		words[2 * i + 1] = ' ';
	}
	claims.scope = words;
	words[sizeof(words) - 1] = '\0';
	assert_int_equal(check_claims(fixture, &claims), TOKEN_MALFORMED);
	words[sizeof(words) - 3] = '\0';
	assert_int_equal(check_claims(fixture, &claims), TOKEN_OK);
}

static void test_shapes(void **state)
{
	struct fixture *fixture = *state;
	struct token_claims claims = claims_now();
	char *token scoped(scoped_free) = token_sign(fixture->key, &claims);
	char *dot = strrchr(token, '.');
	char *variants[] = {
		xstrdup(""),
		xstrdup("."),
		xstrdup(".."),
		xstrdup("..."),
		xstrdup("garbage"),
		xasprintf("%s.", token),
		xasprintf("%s.x", token),
		xasprintf(".%s", token),
		xasprintf("%.*s", (int)(dot - token), token),
		xasprintf("%.*s.", (int)(dot - token), token),
		xasprintf("%s=", token),
		xasprintf("%s==", token),
		xasprintf(" %s", token),
		xasprintf("%s\n", token),
		xasprintf("%.*s.+/+/", (int)(dot - token), token),
		xasprintf("%.*s.\xff\xfe", (int)(dot - token), token),
	};

	for (size_t i = 0; i < array_size(variants); i++) {
		assert_int_equal(check(fixture, variants[i]), TOKEN_MALFORMED);
		free(variants[i]);
	}
}

static void test_size_limit(void **state)
{
	struct fixture *fixture = *state;
	char *token scoped(scoped_free) = xmalloc(TOKEN_SIZE_MAX + 2);

	memset(token, 'A', TOKEN_SIZE_MAX + 1);
	token[TOKEN_SIZE_MAX + 1] = '\0';
	token[10] = token[20] = '.';
	assert_int_equal(check(fixture, token), TOKEN_MALFORMED);
}

/* Every bit of the signature and of the payload counts. */
static void test_tampering(void **state)
{
	struct fixture *fixture = *state;
	struct token_claims claims = claims_now();
	char *token scoped(scoped_free) = token_sign(fixture->key, &claims);
	char *payload = strchr(token, '.') + 1, *signature = strrchr(token, '.') + 1;
	size_t len = strlen(token);

	assert_int_equal(check(fixture, token), TOKEN_OK);
	for (char *at = payload; at < token + len; at += 7) {
		char before = *at;

		if (before == '.')
			continue;
		*at = before == 'A' ? 'B' : 'A';
		assert_int_not_equal(check(fixture, token), TOKEN_OK);
		*at = before;
	}
	char *truncated scoped(scoped_free) = xasprintf("%.*s", (int)(len - 4), token);
	assert_int_not_equal(check(fixture, truncated), TOKEN_OK);
	char *zero scoped(scoped_free) = xasprintf("%.*s.AAAA", (int)(signature - 1 - token),
						   token);
	assert_int_equal(check(fixture, zero), TOKEN_BAD_SIGNATURE);
	assert_int_equal(check(fixture, token), TOKEN_OK);
}

static void test_key_rotation(void **state)
{
	struct fixture *fixture = *state;
	struct token_claims claims = claims_now();
	char *old scoped(scoped_free) = token_sign(fixture->key, &claims);
	char *new scoped(scoped_free) = token_sign(fixture->other, &claims);
	char *first scoped(scoped_free) = signing_key_jwk(fixture->key);
	char *second scoped(scoped_free) = signing_key_jwk(fixture->other);
	char *both scoped(scoped_free) = xasprintf("{\"keys\":[%s,%s]}", first, second);
	char *only_new scoped(scoped_free) = jwks_of(fixture->other);
	char *only_old scoped(scoped_free) = jwks_of(fixture->key);

	assert_int_equal(check(fixture, old), TOKEN_OK);
	assert_int_equal(check(fixture, new), TOKEN_UNKNOWN_KEY);
	assert_true(set_keys(fixture->verifier, both));
	assert_int_equal(check(fixture, old), TOKEN_OK);
	assert_int_equal(check(fixture, new), TOKEN_OK);
	assert_true(set_keys(fixture->verifier, only_new));
	assert_int_equal(check(fixture, old), TOKEN_UNKNOWN_KEY); /* though it was remembered */
	assert_int_equal(check(fixture, new), TOKEN_OK);
	assert_true(set_keys(fixture->verifier, only_old));
}

/* The same kid with another key is another key. */
static void test_key_replaced_under_its_id(void **state)
{
	struct fixture *fixture = *state;
	struct token_claims claims = claims_now();
	char *token scoped(scoped_free) = token_sign(fixture->key, &claims);
	char *jwk scoped(scoped_free) = signing_key_jwk(fixture->other);
	const char *error;
	json_t *changed scoped(scoped_json) = json_parse(jwk, strlen(jwk), &error);
	char *restored scoped(scoped_free) = jwks_of(fixture->key);

	assert_int_equal(check(fixture, token), TOKEN_OK);
	json_object_set_new(changed, "kid", json_string(signing_key_id(fixture->key)));
	char *text scoped(scoped_free) = json_text(changed);
	char *jwks scoped(scoped_free) = xasprintf("{\"keys\":[%s]}", text);
	assert_true(set_keys(fixture->verifier, jwks));
	assert_int_equal(check(fixture, token), TOKEN_BAD_SIGNATURE);
	assert_true(set_keys(fixture->verifier, restored));
}

static void test_bad_key_sets_change_nothing(void **state)
{
	struct fixture *fixture = *state;
	struct token_claims claims = claims_now();
	char *token scoped(scoped_free) = token_sign(fixture->key, &claims);
	char *jwk scoped(scoped_free) = signing_key_jwk(fixture->other);
	char *sets[] = {
		xstrdup(""),
		xstrdup("{}"),
		xstrdup("[]"),
		xstrdup("{\"keys\":{}}"),
		xstrdup("{\"keys\":[]}"),
		xstrdup("{\"keys\":[1]}"),
		xstrdup("{\"keys\":[{\"kty\":\"oct\",\"kid\":\"a\",\"k\":\"AAAA\"}]}"),
		xstrdup("{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\",\"n\":\"AQAB\",\"e\":\"AQAB\"}]"
			"}"),
		xasprintf("{\"keys\":[%s,%s]}", jwk, jwk),
	};

	for (size_t i = 0; i < array_size(sets); i++) {
		assert_false(set_keys(fixture->verifier, sets[i]));
		free(sets[i]);
	}
	assert_int_equal(check(fixture, token), TOKEN_OK);
}

static void test_no_keys_yet(void **state)
{
	struct fixture *fixture = *state;
	struct token_claims claims = claims_now();
	char *token scoped(scoped_free) = token_sign(fixture->key, &claims);
	struct verifier *verifier = verifier_new(ISSUER);
	const struct identity *identity;

	assert_false(verifier_has_keys(verifier));
	assert_int_equal(verifier_check(verifier, token, strlen(token), "ecom", &identity),
			 TOKEN_UNKNOWN_KEY);
	verifier_free(verifier);
}

static void test_key_survives_its_pem(void **state)
{
	struct fixture *fixture = *state;
	char *pem scoped(scoped_free) = signing_key_pem(fixture->key);
	struct signing_key *loaded = signing_key_load(pem);

	assert_non_null(loaded);
	assert_string_equal(signing_key_id(loaded), signing_key_id(fixture->key));
	assert_int_equal(strlen(signing_key_id(loaded)), 43);
	signing_key_free(loaded);
	assert_null(signing_key_load(""));
	assert_null(
		signing_key_load("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"));
	char *jwk scoped(scoped_free) = signing_key_jwk(fixture->key);
	assert_null(strstr(jwk, "\"d\""));
	assert_null(strstr(jwk, "\"p\""));
}

static bool keep_none(const char *kid, void *arg)
{
	(void)kid, (void)arg;
	return false;
}

static void cache_add(struct verdict_cache *cache, int number)
{
	unsigned char digest[HASH_SIZE];

	hash_sha256(&number, sizeof(number), digest);
	verdict_cache_add(cache, digest, "kid", xcalloc(1, sizeof(struct identity)));
}

static bool cache_has(struct verdict_cache *cache, int number)
{
	unsigned char digest[HASH_SIZE];

	hash_sha256(&number, sizeof(number), digest);
	return verdict_cache_find(cache, digest) != NULL;
}

static void test_cache_is_bounded(void **state)
{
	struct verdict_cache *cache = verdict_cache_new();

	(void)state;
	for (int i = 0; i < VERDICT_CACHE_MAX; i++)
		cache_add(cache, i);
	assert_true(cache_has(cache, 0)); /* and used just now */
	cache_add(cache, VERDICT_CACHE_MAX);
	assert_true(cache_has(cache, 0));
	assert_false(cache_has(cache, 1));
	assert_true(cache_has(cache, 2));
	assert_true(cache_has(cache, VERDICT_CACHE_MAX));
	verdict_cache_filter(cache, keep_none, NULL);
	assert_false(cache_has(cache, 2));
	verdict_cache_free(cache);
}

static void test_passwords(void **state)
{
	char hash[PASSWORD_HASH_SIZE], again[PASSWORD_HASH_SIZE];

	(void)state;
	assert_true(password_hash("correct horse battery", hash));
	assert_true(password_hash("correct horse battery", again));
	assert_string_not_equal(hash, again);
	assert_true(str_has_prefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$"));
	assert_true(password_verify(hash, "correct horse battery"));
	assert_false(password_verify(hash, "correct horse batterz"));
	assert_false(password_verify(hash, ""));
	assert_false(password_verify("garbage", "correct horse battery"));
	assert_false(password_verify(NULL, "correct horse battery"));
	assert_false(password_needs_rehash(hash));
	assert_true(password_needs_rehash("$argon2id$v=19$m=4096,t=3,p=1$c2FsdHNhbHRzYWx0c2Fs"
					  "dA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
}

static void verify_time(const char *hash, int64_t *best_us)
{
	int64_t start = clock_mono_us(), took;

	assert_false(password_verify(hash, "something wrong"));
	took = clock_mono_us() - start;
	*best_us = took < *best_us ? took : *best_us;
}

/* The fastest of each, until other work on the machine no longer makes the difference. */
static void test_unknown_user_takes_as_long(void **state)
{
	char hash[PASSWORD_HASH_SIZE];
	int64_t known = INT64_MAX / 4, unknown = INT64_MAX / 4;
	int rounds = 0;

	(void)state;
	assert_true(password_hash("correct horse battery", hash));
	do {
		assert_true(++rounds < 200);
		verify_time(hash, &known);
		verify_time(NULL, &unknown);
	} while (unknown * 3 < known * 2 || known * 3 < unknown * 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_token),
		cmocka_unit_test(test_client_token_has_no_scopes_and_session),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_issuer_and_audience),
		cmocka_unit_test(test_headers_that_attackers_write),
		cmocka_unit_test(test_key_ids),
		cmocka_unit_test(test_embedded_key_is_ignored),
		cmocka_unit_test(test_public_key_as_secret),
		cmocka_unit_test(test_payloads_that_are_wrong),
		cmocka_unit_test(test_raw_nul_in_payload),
		cmocka_unit_test(test_too_many_scopes),
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_size_limit),
		cmocka_unit_test(test_tampering),
		cmocka_unit_test(test_key_rotation),
		cmocka_unit_test(test_key_replaced_under_its_id),
		cmocka_unit_test(test_bad_key_sets_change_nothing),
		cmocka_unit_test(test_no_keys_yet),
		cmocka_unit_test(test_key_survives_its_pem),
		cmocka_unit_test(test_cache_is_bounded),
		cmocka_unit_test(test_passwords),
		cmocka_unit_test(test_unknown_user_takes_as_long),
	};

	return cmocka_run_group_tests_name("auth", tests, setup, teardown);
}
