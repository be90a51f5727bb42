/* POST /v1/carts/{id}/validation: what has changed since the lines were added. */
#include <jansson.h>

#include "daemons/cartd/cartd.h"
#include "daemons/cartd/products.h"
#include "daemons/cartd/sql.h"
#include "lib/base/json.h"
#include "lib/base/str.h"
#include "lib/db/session.h"
#include "lib/http/problem.h"
#include "lib/http/request.h"
#include "lib/http/respond.h"

#define TRIES 3

/* True: answered. False: a line was added between the question and now. */
static bool compare(struct request *request, struct session *db, const char *skus,
		    const json_t *quotes)
{
	bool accept = json_get_bool(request_body(request), "accept", false);
	char *text scoped(scoped_free) = json_text(quotes);
	PGresult *compared = session_query(db, SQL(validate_cart), "id",
					   request_param(request, "id"), "subject",
					   request_reserved(request, "subject"), "skus", skus,
					   "quotes", text, "accept", accept ? "true" : "false");
	const char *status = row_get(compared, "status");

	if (!session_ok(compared)) {
		problem_from_result(request, compared);
	} else if (status && str_eq(status, "424")) {
		PQclear(compared);
		return false;
	} else {
		respond_row(request, compared);
	}
	return true;
}

/* True: answered. */
static bool try_once(struct request *request, struct session *db)
{
	PGresult *found scoped(scoped_result) =
		session_query(db, SQL(list_line_skus), "id", request_param(request, "id"),
			      "subject", request_reserved(request, "subject"));
	const char *skus = row_get(found, "skus");
	json_t *quotes scoped(scoped_json) = NULL;

	if (!session_ok(found)) {
		problem(request, &PROBLEM_UNAVAILABLE);
		return true;
	}
	if (!skus) {
		problem(request, &PROBLEM_NOT_FOUND);
		return true;
	}
	quotes = str_eq(skus, "[]") ? json_array() : products_ask(request, db, skus);
	return !quotes || compare(request, db, skus, quotes);
}

void validate_cart(struct request *request, struct session *db)
{
	for (int i = 0; i < TRIES; i++) {
		if (try_once(request, db))
			return;
	}
	problem_detail(request, &PROBLEM_UNAVAILABLE,
		       "The cart changed while it was compared. Try again.");
}
