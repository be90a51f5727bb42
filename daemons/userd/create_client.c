/* POST /v1/clients: the secret is made here, shown once and stored as SHA-256. */
#include <string.h>

#include "daemons/userd/sql.h"
#include "daemons/userd/userd.h"
#include "lib/base/hash.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/db/session.h"
#include "lib/http/problem.h"
#include "lib/http/request.h"
#include "lib/http/respond.h"

#define SECRET_PREFIX "ecom_cs_" /* so that scanners for leaked secrets find it */

static void show(struct request *request, const PGresult *created, const char *secret)
{
	const char *text = row_get(created, "body"), *error;
	json_t *body = json_parse(text, strlen(text), &error);

	json_object_set_new(body, "secret", json_string(secret));
	respond_header(request, "Location", row_get(created, "location"));
	respond_header(request, "Cache-Control", "no-store");
	respond_json(request, 201, body);
}

void create_client(struct request *request, struct session *db)
{
	const json_t *body = request_body(request);
	char *random scoped(scoped_free) = hash_random_token(32);
	char *secret scoped(scoped_free) = xasprintf(SECRET_PREFIX "%s", random);
	PGresult *created scoped(scoped_result) = NULL;
	char hash[HASH_HEX_SIZE];

	hash_sha256_hex(secret, strlen(secret), hash);
	created = session_query(
		db, SQL(create_client), "subject", request_reserved(request, "subject"), "route",
		request_reserved(request, "route"), "idempotency_key",
		request_reserved(request, "idempotency_key"), "request_hash",
		request_reserved(request, "request_hash"), "id", json_get_string(body, "id", ""),
		"role", json_get_string(body, "role", ""), "audience",
		json_get_string(body, "audience", ""), "secret_hash", hash);
	if (session_ok(created))
		show(request, created, secret);
	else
		problem_from_result(request, take_ptr(created));
}
