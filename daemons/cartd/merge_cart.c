/* POST /v1/carts/{id}/merge: a guest logged in and takes the cart along. */
#include <stdlib.h>
#include <string.h>

#include "daemons/cartd/cartd.h"
#include "daemons/cartd/sql.h"
#include "lib/auth/token.h"
#include "lib/base/json.h"
#include "lib/base/str.h"
#include "lib/daemon/daemon.h"
#include "lib/db/session.h"
#include "lib/http/problem.h"
#include "lib/http/request.h"
#include "lib/http/respond.h"

#define GUEST_PREFIX "guest:"

/* Who owns the other cart; NULL after answering. The caller frees. */
static struct identity *guest_identity(struct request *request)
{
	const char *token = json_get_string(request_body(request), "guest_token", "");
	struct field_errors errors = { 0 };
	struct identity *guest;
	enum token_verdict verdict = verifier_open(request_service(request)->verifier, token,
						   strlen(token), "ecom", &guest);

	if (verdict != TOKEN_OK)
		rules_fail(&errors, "guest_token", "invalid_token", token_verdict_text(verdict));
	else if (!str_has_prefix(guest->subject, GUEST_PREFIX))
		rules_fail(&errors, "guest_token", "invalid_token", "is not a guest's");
	if (!errors.count)
		return guest;
	problem_fields(request, &errors);
	free(guest);
	return NULL;
}

void merge_cart(struct request *request, struct session *db)
{
	const json_t *body = request_body(request);
	struct identity *guest scoped(scoped_free) = guest_identity(request);
	PGresult *merged;

	if (!guest)
		return;
	merged = session_query(db, SQL(merge_cart), "id", request_param(request, "id"), "subject",
			       request_reserved(request, "subject"), "from",
			       json_get_string(body, "from", ""), "guest", guest->subject,
			       "strategy", json_get_string(body, "strategy", "sum"), "route",
			       request_reserved(request, "route"), "idempotency_key",
			       request_reserved(request, "idempotency_key"), "request_hash",
			       request_reserved(request, "request_hash"));
	if (session_ok(merged))
		respond_row(request, merged);
	else
		problem_from_result(request, merged);
}
