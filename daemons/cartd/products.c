/* What cartd knows about products, and asking catalogd for it. */
#include "daemons/cartd/products.h"

#include <string.h>

#include "daemons/cartd/cartd.h"
#include "daemons/cartd/sql.h"
#include "lib/base/json.h"
#include "lib/daemon/fetch.h"
#include "lib/db/session.h"
#include "lib/http/problem.h"
#include "lib/http/request.h"

static const struct problem PRODUCT_UNKNOWN = { 422, "cart_product_unknown",
						"There is no such product", "Check the SKU." };

json_t *products_ask(struct request *request, struct session *db, const char *skus)
{
	PGresult *marked scoped(scoped_result) = session_query(db, SQL(mark_products), "skus",
							       skus);
	PGresult *stored = NULL;
	const char *error;
	json_t *list scoped(scoped_json) = json_parse(skus, strlen(skus), &error);
	json_t *quotes;
	char *text scoped(scoped_free) = NULL;

	if (!session_ok(marked)) {
		problem(request, &PROBLEM_UNAVAILABLE);
		return NULL;
	}
	quotes = peers_fetch(request, "/v1/quotes", "skus", list, "The catalogue");
	if (!quotes)
		return NULL;
	text = json_text(quotes);
	stored = session_query(db, SQL(store_products), "skus", skus, "quotes", text, "asked_at",
			       row_get(marked, "asked_at"));
	if (session_ok(stored)) {
		PQclear(stored);
		return quotes;
	}
	problem_from_result(request, stored);
	json_decref(quotes);
	return NULL;
}

/* Before a line is added of something that we do not know, or not as it is now. */
void supply_product(struct request *request, struct session *db)
{
	const char *sku = json_get_string(request_body(request), "sku", "");
	json_t *list scoped(scoped_json) = json_pack("[s]", sku);
	char *skus scoped(scoped_free) = json_text(list);
	json_t *quotes scoped(scoped_json) = products_ask(request, db, skus);

	if (quotes && json_array_size(quotes) == 0)
		problem_detail(request, &PRODUCT_UNKNOWN, "There is no product with the SKU %s.",
			       sku);
}
