/* The grant client_credentials: a program's id and secret, by HTTP Basic or in the body. */
#include <string.h>
#include <strings.h>

#include <sodium.h>

#include "daemons/userd/grant.h"
#include "daemons/userd/oauth.h"
#include "daemons/userd/problems.h"
#include "daemons/userd/sql.h"
#include "lib/base/hash.h"
#include "lib/base/json.h"
#include "lib/base/str.h"
#include "lib/db/session.h"
#include "lib/http/request.h"

#define BASIC_MAX 1024 /* bytes of id and secret */

struct credential {
	const char *id, *secret;
};

/* Both parts are form-encoded before they are joined (RFC 6749 section 2.3.1). */
static bool form_decode(char *text)
{
	for (char *c = text; *c; c++)
		*c = *c == '+' ? ' ' : *c;
	return str_unescape(text);
}

static bool from_basic(struct request *request, const char *encoded, struct credential *out)
{
	char *text = arena_zalloc(request_arena(request), BASIC_MAX + 1);
	char *colon;
	size_t len;

	if (sodium_base642bin((unsigned char *)text, BASIC_MAX, encoded, strlen(encoded), NULL,
			      &len, NULL, sodium_base64_VARIANT_ORIGINAL) != 0 ||
	    memchr(text, '\0', len) || !(colon = strchr(text, ':')))
		return false;
	*colon = '\0';
	*out = (struct credential){ .id = text, .secret = colon + 1 };
	return form_decode(text) && form_decode(colon + 1);
}

/* False: answered. */
static bool credential_take(struct request *request, struct credential *out)
{
	const json_t *body = request_body(request);
	const char *header = request_header(request, "Authorization");

	*out = (struct credential){
		.id = json_get_string(body, "client_id", NULL),
		.secret = json_get_string(body, "client_secret", NULL),
	};
	if (header && strncasecmp(header, "Basic ", 6) == 0) {
		if (out->id || out->secret) {
			oauth_problem(request, &OAUTH_INVALID_REQUEST,
				      "the client authenticates in two ways");
			return false;
		}
		if (from_basic(request, header + 6, out))
			return true;
	}
	if (out->id && out->secret)
		return true;
	oauth_problem(request, &OAUTH_INVALID_CLIENT, "the client does not authenticate");
	return false;
}

void issue_for_client(struct request *request, struct session *db)
{
	const char *scope = json_get_string(request_body(request), "scope", NULL);
	PGresult *client scoped(scoped_result) = NULL;
	struct credential credential;
	char hash[HASH_HEX_SIZE];

	if (!credential_take(request, &credential))
		return;
	hash_sha256_hex(credential.secret, strlen(credential.secret), hash);
	client = session_query(db, SQL(find_client), "client_id", credential.id, "secret_hash",
			       hash, "scope", scope, "audience",
			       json_get_string(request_body(request), "audience", NULL));
	if (!session_ok(client))
		problem_from_result(request, take_ptr(client));
	else if (PQntuples(client) == 0)
		oauth_problem(request, &OAUTH_INVALID_CLIENT, NULL);
	else if (!str_eq(row_get(client, "may_have_audience"), "t"))
		oauth_problem(request, &OAUTH_INVALID_TARGET, NULL);
	else if (scope && !*row_get(client, "scope"))
		oauth_problem(request, &OAUTH_INVALID_SCOPE, NULL);
	else
		grant_answer(request, db, 200,
			     &(struct grant){
				     .subject = row_get(client, "subject"),
				     .audience = row_get(client, "audience"),
				     .scope = row_get(client, "scope"),
				     .session = "",
			     });
}
