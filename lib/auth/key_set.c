/* The public keys that tokens may be signed with, read from a JWKS (RFC 7517). */
#include "lib/auth/key_set.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "lib/auth/sha256.h"
#include "lib/base/hash.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

/* The context is set up once: fetching algorithms per signature would cost as much as verifying. */
struct key_set_key {
	char kid[KEY_ID_MAX + 1];
	EVP_PKEY *pkey;
	EVP_PKEY_CTX *context;
};

struct key_set {
	size_t count;
	struct key_set_key keys[KEY_SET_MAX];
};

static BIGNUM *member_bignum(const json_t *jwk, const char *name)
{
	const char *text = json_get_string(jwk, name, "");
	size_t len;
	unsigned char *bytes scoped(scoped_free) = base64url_decode(text, strlen(text), &len);

	return bytes && len > 0 && len <= KEY_BITS_MAX / 8 ? BN_bin2bn(bytes, (int)len, NULL)
							   : NULL;
}

static EVP_PKEY *pkey_from_params(OSSL_PARAM *params)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY *pkey = NULL;

	if (!context || EVP_PKEY_fromdata_init(context) != 1 ||
	    EVP_PKEY_fromdata(context, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
		pkey = NULL;
	EVP_PKEY_CTX_free(context);
	return pkey;
}

/* An even or tiny exponent is no RSA key; a huge one makes verifying slow. */
static bool exponent_is_sane(const BIGNUM *e)
{
	return BN_is_odd(e) && BN_num_bits(e) >= 2 && BN_num_bits(e) <= 32;
}

static EVP_PKEY *pkey_from_numbers(const BIGNUM *n, const BIGNUM *e)
{
	OSSL_PARAM_BLD *build;
	OSSL_PARAM *params = NULL;
	EVP_PKEY *pkey = NULL;

	if (!n || !e || !exponent_is_sane(e) || BN_num_bits(n) < KEY_BITS_MIN ||
	    BN_num_bits(n) > KEY_BITS_MAX)
		return NULL;
	build = OSSL_PARAM_BLD_new();
	if (build && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e))
		params = OSSL_PARAM_BLD_to_param(build);
	if (params)
		pkey = pkey_from_params(params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	return pkey;
}

static EVP_PKEY_CTX *verify_context(EVP_PKEY *pkey)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);

	if (context && EVP_PKEY_verify_init(context) == 1 &&
	    EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
	    EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) == 1)
		return context;
	EVP_PKEY_CTX_free(context);
	return NULL;
}

/* One key has one algorithm: what is not for RS256 signatures is not for us. */
static bool is_ours(const json_t *jwk)
{
	return str_eq(json_get_string(jwk, "kty", ""), "RSA") &&
	       str_eq(json_get_string(jwk, "use", "sig"), "sig") &&
	       str_eq(json_get_string(jwk, "alg", "RS256"), "RS256");
}

static bool key_add(struct key_set *set, const char *kid, const json_t *jwk)
{
	BIGNUM *n = member_bignum(jwk, "n"), *e = member_bignum(jwk, "e");
	EVP_PKEY *pkey = pkey_from_numbers(n, e);
	EVP_PKEY_CTX *context = pkey ? verify_context(pkey) : NULL;

	BN_free(n);
	BN_free(e);
	if (!context) {
		EVP_PKEY_free(pkey);
		ERR_clear_error();
		return false;
	}
	struct key_set_key *key = &set->keys[set->count++];
	key->pkey = pkey;
	key->context = context;
	memcpy(key->kid, kid, strlen(kid) + 1);
	return true;
}

/* False: the whole document is refused. A key that we cannot use is only skipped. */
static bool jwk_read(struct key_set *set, const json_t *jwk)
{
	const char *kid = json_get_string(jwk, "kid", "");

	if (!json_is_object(jwk))
		return false;
	if (!is_ours(jwk) || !*kid || strlen(kid) > KEY_ID_MAX)
		return true;
	if (key_set_find(set, kid) || set->count == KEY_SET_MAX)
		return false;
	key_add(set, kid, jwk);
	return true;
}

struct key_set *key_set_parse(const char *jwks, size_t len)
{
	const char *error;
	json_t *document scoped(scoped_json) = len <= KEY_SET_TEXT_MAX
						       ? json_parse(jwks, len, &error)
						       : NULL;
	const json_t *keys = json_object_get(document, "keys"), *jwk;
	struct key_set *set = xcalloc(1, sizeof(*set));
	bool ok = json_is_array(keys);
	size_t i;

	json_array_foreach (keys, i, jwk)
		ok = ok && jwk_read(set, jwk);
	if (ok && set->count > 0)
		return set;
	key_set_free(set);
	return NULL;
}

void key_set_free(struct key_set *set)
{
	if (!set)
		return;
	for (size_t i = 0; i < set->count; i++) {
		EVP_PKEY_CTX_free(set->keys[i].context);
		EVP_PKEY_free(set->keys[i].pkey);
	}
	free(set);
}

const struct key_set_key *key_set_find(const struct key_set *set, const char *kid)
{
	for (size_t i = 0; set && i < set->count; i++) {
		if (str_eq(set->keys[i].kid, kid))
			return &set->keys[i];
	}
	return NULL;
}

char *key_set_pem(const struct key_set *set, size_t n, const char **kid)
{
	BIO *bio;
	char *data, *pem = NULL;
	long len = 0;

	if (n >= set->count)
		return NULL;
	bio = BIO_new(BIO_s_mem());
	if (bio && PEM_write_bio_PUBKEY(bio, set->keys[n].pkey) == 1)
		len = BIO_get_mem_data(bio, &data);
	if (len > 0)
		pem = xstrndup(data, (size_t)len);
	BIO_free(bio);
	*kid = set->keys[n].kid;
	return pem;
}

bool key_set_agree(const struct key_set *a, const struct key_set *b, const char *kid)
{
	const struct key_set_key *ours = key_set_find(a, kid), *theirs = key_set_find(b, kid);

	return ours && theirs && EVP_PKEY_eq(ours->pkey, theirs->pkey) == 1;
}

bool key_set_verify(const struct key_set_key *key, const void *data, size_t len,
		    const unsigned char *signature, size_t signature_len)
{
	unsigned char digest[HASH_SIZE];

	sha256(data, len, digest);
	if (EVP_PKEY_verify(key->context, signature, signature_len, digest, sizeof(digest)) == 1)
		return true;
	ERR_clear_error();
	return false;
}
