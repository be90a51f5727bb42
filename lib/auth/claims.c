/* The inside of a token: parsed strictly, judged by nobody yet. */
#include "lib/auth/claims.h"

#include <stdlib.h>
#include <string.h>

#include "lib/auth/key_set.h"
#include "lib/auth/token.h"
#include "lib/base/hash.h"
#include "lib/base/json.h"
#include "lib/base/str.h"

#define SUBJECT_MAX 128 /* bytes */

bool token_split(const char *token, size_t len, struct token_parts *parts)
{
	const char *end = token + len, *first, *second;

	if (len > TOKEN_SIZE_MAX || !(first = memchr(token, '.', len)) ||
	    !(second = memchr(first + 1, '.', (size_t)(end - first) - 1)) ||
	    memchr(second + 1, '.', (size_t)(end - second) - 1))
		return false;
	*parts = (struct token_parts){
		.header = token,
		.header_len = (size_t)(first - token),
		.payload = first + 1,
		.payload_len = (size_t)(second - first) - 1,
		.signature = second + 1,
		.signature_len = (size_t)(end - second) - 1,
		.signed_len = (size_t)(second - token),
	};
	return parts->header_len > 0 && parts->payload_len > 0 && parts->signature_len > 0;
}

json_t *token_part_json(const char *part, size_t len)
{
	size_t text_len;
	char *text scoped(scoped_free) = (char *)base64url_decode(part, len, &text_len);
	const char *error;
	json_t *value = text ? json_parse(text, text_len, &error) : NULL;

	if (json_is_object(value))
		return value;
	json_decref(value);
	return NULL;
}

const char *token_header_key_id(const json_t *header)
{
	const char *kid = json_get_string(header, "kid", "");

	if (!str_eq(json_get_string(header, "alg", ""), "RS256") ||
	    !str_eq(json_get_string(header, "typ", ""), "at+jwt") ||
	    json_object_get(header, "crit") || !*kid || strlen(kid) > KEY_ID_MAX)
		return NULL;
	return kid;
}

/* Absent gives the fallback (NULL: not allowed); false when it is no string. */
static bool read_string(const json_t *payload, const char *name, const char *fallback,
			const char **out)
{
	const json_t *value = json_object_get(payload, name);

	*out = value ? json_string_value(value) : fallback;
	return *out != NULL;
}

static bool read_time(const json_t *payload, const char *name, int64_t *out)
{
	const json_t *value = json_object_get(payload, name);

	*out = json_integer_value(value);
	return json_is_integer(value);
}

bool claims_read(const json_t *payload, struct claims *claims)
{
	if (!read_string(payload, "iss", NULL, &claims->issuer) ||
	    !read_string(payload, "sub", NULL, &claims->subject) ||
	    !read_string(payload, "aud", NULL, &claims->audience) ||
	    !read_string(payload, "sid", "", &claims->session) ||
	    !read_string(payload, "scope", "", &claims->scope) ||
	    !read_time(payload, "exp", &claims->expires_at) ||
	    !read_time(payload, "iat", &claims->issued_at))
		return false;
	claims->not_before = claims->issued_at;
	if (json_object_get(payload, "nbf") && !read_time(payload, "nbf", &claims->not_before))
		return false;
	return *claims->subject && strlen(claims->subject) <= SUBJECT_MAX &&
	       strlen(claims->session) <= SUBJECT_MAX;
}

/* A scope-token of RFC 6749 section 3.3, between single spaces. Such words need no escaping inside
 * the double quotes of a text[] literal. */
static bool scope_is_valid(const char *scope)
{
	for (const char *s = scope; *s; s++) {
		bool separates = *s == ' ' && s > scope && s[-1] != ' ' && s[1];

		if (!separates && (*s <= ' ' || *s > '~' || *s == '"' || *s == '\\'))
			return false;
	}
	return true;
}

static size_t scope_words(const char *scope)
{
	size_t words = *scope ? 1 : 0;

	for (; *scope; scope++)
		words += *scope == ' ';
	return words;
}

static const char *place(char **next, const char *s)
{
	char *copy = *next;

	*next = stpcpy(copy, s) + 1;
	return copy;
}

/* The words and, at *next, their array literal {"a","b"}. */
static void place_scopes(struct identity *identity, char *words, char **next)
{
	char *out = *next;

	identity->scopes_array = out;
	*out++ = '{';
	for (char *word = words, *rest = NULL; (word = strtok_r(word, " ", &rest)); word = NULL) {
		if (identity->nscopes > 0)
			*out++ = ',';
		*out++ = '"';
		out = stpcpy(out, word);
		*out++ = '"';
		identity->scopes[identity->nscopes++] = word;
	}
	*out++ = '}';
	*out++ = '\0';
	*next = out;
}

struct identity *claims_identity(const struct claims *claims)
{
	size_t words = scope_words(claims->scope), scope_len = strlen(claims->scope);
	size_t text = strlen(claims->subject) + strlen(claims->session) + strlen(claims->audience) +
		      3 + scope_len + 1 /* the words */ + scope_len + 2 * words +
		      3 /* and the array: quotes instead of a space */;
	struct identity *identity;
	char *next;

	if (words > IDENTITY_SCOPES_MAX || !scope_is_valid(claims->scope))
		return NULL;
	identity = xcalloc(1, sizeof(*identity) + text);
	next = (char *)(identity + 1);
	identity->subject = place(&next, claims->subject);
	identity->session = place(&next, claims->session);
	identity->audience = place(&next, claims->audience);
	identity->expires_at = claims->expires_at;
	char *scope = next;
	place(&next, claims->scope);
	place_scopes(identity, scope, &next);
	return identity;
}
