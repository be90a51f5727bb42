/* Signatures by Standard Webhooks. */
#include "lib/auth/webhook_sign.h"

#include <inttypes.h>
#include <string.h>

#include <sodium.h>

#include "lib/base/buf.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

#define PREFIX      "whsec_"
#define KEY_MAX     64 /* bytes, and at least 24: what the standard allows */
#define KEY_MIN     24
#define BASE64      sodium_base64_VARIANT_ORIGINAL
#define MAC_BASE64  sodium_base64_ENCODED_LEN(crypto_auth_hmacsha256_BYTES, BASE64)
#define SECRET_TEXT sodium_base64_ENCODED_LEN(WEBHOOK_SECRET_BYTES, BASE64)

_Static_assert(sizeof(PREFIX) - 1 + SECRET_TEXT <= WEBHOOK_SECRET_SIZE, "a secret fits");

void webhook_secret_make(char out[WEBHOOK_SECRET_SIZE])
{
	unsigned char key[WEBHOOK_SECRET_BYTES];
	size_t prefix = strlen(PREFIX);

	randombytes_buf(key, sizeof(key));
	memcpy(out, PREFIX, prefix);
	sodium_bin2base64(out + prefix, WEBHOOK_SECRET_SIZE - prefix, key, sizeof(key), BASE64);
	sodium_memzero(key, sizeof(key));
}

static bool key_read(const char *secret, size_t len, unsigned char key[KEY_MAX], size_t *size)
{
	size_t prefix = strlen(PREFIX);

	return len > prefix && strncmp(secret, PREFIX, prefix) == 0 &&
	       sodium_base642bin(key, KEY_MAX, secret + prefix, len - prefix, NULL, size, NULL,
				 BASE64) == 0 &&
	       *size >= KEY_MIN;
}

static void add_signature(struct buf *out, const unsigned char *key, size_t size, const char *id,
			  int64_t seconds, const char *body)
{
	unsigned char mac[crypto_auth_hmacsha256_BYTES];
	crypto_auth_hmacsha256_state state;
	struct buf head = BUF_INIT(0);
	char text[MAC_BASE64];

	buf_addf(&head, "%s.%" PRId64 ".", id, seconds);
	crypto_auth_hmacsha256_init(&state, key, size);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)head.data, head.len);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)body, strlen(body));
	crypto_auth_hmacsha256_final(&state, mac);
	sodium_bin2base64(text, sizeof(text), mac, sizeof(mac), BASE64);
	buf_addf(out, "%sv1,%s", out->len ? " " : "", text);
	buf_free(&head);
}

char *webhook_sign(const char *secrets, const char *id, int64_t seconds, const char *body)
{
	struct buf out = BUF_INIT(0);
	unsigned char key[KEY_MAX];
	size_t size;

	while (*secrets) {
		size_t len = strcspn(secrets, " ");

		if (key_read(secrets, len, key, &size))
			add_signature(&out, key, size, id, seconds, body);
		secrets += len + (secrets[len] == ' ');
	}
	sodium_memzero(key, sizeof(key));
	return out.len ? buf_steal(&out) : NULL;
}
