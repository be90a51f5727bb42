/* The inside of a token: parsed strictly, judged by nobody yet. Private to lib/auth. */
#ifndef ECOM_LIB_AUTH_CLAIMS_H
#define ECOM_LIB_AUTH_CLAIMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "lib/auth/identity.h"

/* header.payload.signature, all three still encoded; the signature covers header.payload. */
struct token_parts {
	const char *header, *payload, *signature;
	size_t header_len, payload_len, signature_len, signed_len;
};

/* Exactly three parts, none of them empty, at most TOKEN_SIZE_MAX bytes. */
bool token_split(const char *token, size_t len, struct token_parts *parts);

/* A part as a JSON object without duplicate keys. New reference, NULL when it is none. */
json_t *token_part_json(const char *part, size_t len);

/* The key id of a header that says RS256 and at+jwt and has no `crit`; else NULL. Borrowed. jku,
 * jwk, x5u and x5c are not looked at: keys come from our own set only. */
const char *token_header_key_id(const json_t *header);

/* Borrowed from the payload. Times are seconds since the epoch. */
struct claims {
	const char *issuer, *subject, *audience, *session, *scope;
	int64_t expires_at, issued_at, not_before;
};

/* False when a claim is missing or has another type than RFC 9068 and token.h say. */
bool claims_read(const json_t *payload, struct claims *claims);

/*
 * The identity with all its strings in one piece of memory that the caller frees; NULL when scope
 * has more than IDENTITY_SCOPES_MAX words or characters that RFC 6749 does not allow.
 */
struct identity *claims_identity(const struct claims *claims);

#endif
