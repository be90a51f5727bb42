/* RSA keys that sign access tokens. */
#include "lib/auth/signing_key.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "lib/auth/key_set.h"
#include "lib/auth/token.h"
#include "lib/base/hash.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"

struct signing_key {
	EVP_PKEY *pkey;
	char *id;
	char *n, *e; /* base64url, as a JWK has them */
};

static char *number_text(const EVP_PKEY *pkey, const char *name)
{
	unsigned char bytes[KEY_BITS_MAX / 8];
	BIGNUM *number = NULL;
	char *text = NULL;

	if (EVP_PKEY_get_bn_param(pkey, name, &number) == 1 &&
	    BN_num_bytes(number) <= (int)sizeof(bytes))
		text = base64url_encode(bytes, (size_t)BN_bn2bin(number, bytes));
	BN_free(number);
	return text;
}

/* RFC 7638: SHA-256 over the required members in lexical order, without spaces. */
static char *thumbprint(const char *n, const char *e)
{
	json_t *members scoped(scoped_json) = json_pack("{s:s, s:s, s:s}", "e", e, "kty", "RSA",
							"n", n);
	char *text scoped(scoped_free) = json_dumps(members, JSON_COMPACT | JSON_SORT_KEYS);
	unsigned char digest[HASH_SIZE];

	hash_sha256(text, strlen(text), digest);
	return base64url_encode(digest, sizeof(digest));
}

/* Takes pkey, which may be NULL. */
static struct signing_key *key_from_pkey(EVP_PKEY *pkey)
{
	struct signing_key *key = xcalloc(1, sizeof(*key));

	key->pkey = pkey;
	if (pkey && EVP_PKEY_is_a(pkey, "RSA") && EVP_PKEY_get_bits(pkey) >= KEY_BITS_MIN &&
	    EVP_PKEY_get_bits(pkey) <= KEY_BITS_MAX) {
		key->n = number_text(pkey, OSSL_PKEY_PARAM_RSA_N);
		key->e = number_text(pkey, OSSL_PKEY_PARAM_RSA_E);
	}
	if (key->n && key->e) {
		key->id = thumbprint(key->n, key->e);
		return key;
	}
	ERR_clear_error();
	signing_key_free(key);
	return NULL;
}

struct signing_key *signing_key_make(void)
{
	struct signing_key *key = key_from_pkey(EVP_RSA_gen(KEY_BITS_MIN));

	if (!key) /* no entropy or no memory: nothing that a caller could do better */
		die("OpenSSL cannot make an RSA key");
	return key;
}

/* OpenSSL would ask the terminal for the password of an encrypted key. */
static int no_password(char *buf, int size, int writing, void *arg)
{
	(void)buf, (void)size, (void)writing, (void)arg;
	return -1;
}

struct signing_key *signing_key_load(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *pkey = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : NULL;

	BIO_free(bio);
	return key_from_pkey(pkey);
}

void signing_key_free(struct signing_key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->pkey);
	free(key->id);
	free(key->n);
	free(key->e);
	free(key);
}

const char *signing_key_id(const struct signing_key *key)
{
	return key->id;
}

EVP_PKEY *signing_key_pkey(const struct signing_key *key)
{
	return key->pkey;
}

char *signing_key_pem(const struct signing_key *key)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	char *data, *pem = NULL;

	if (bio && PEM_write_bio_PKCS8PrivateKey(bio, key->pkey, NULL, NULL, 0, NULL, NULL) == 1) {
		long len = BIO_get_mem_data(bio, &data);

		pem = xstrndup(data, (size_t)len);
	}
	BIO_free(bio);
	if (!pem)
		die("OpenSSL cannot write an RSA key");
	return pem;
}

char *signing_key_jwk(const struct signing_key *key)
{
	json_t *jwk scoped(scoped_json) = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "kty", "RSA",
						    "use", "sig", "alg", "RS256", "kid", key->id,
						    "n", key->n, "e", key->e);

	return json_text(jwk);
}
