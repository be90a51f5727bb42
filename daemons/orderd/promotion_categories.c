/* Before promotions that look at categories: what is ordered is asked for in the catalogue. */
#include <string.h>

#include "daemons/orderd/orderd.h"
#include "daemons/orderd/sql.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/daemon/fetch.h"
#include "lib/db/session.h"
#include "lib/http/problem.h"
#include "lib/http/request.h"

/* The statement's row says of which SKUs. An event that comes between makes it ask once more. */
void supply_categories(struct request *request, struct session *db)
{
	const char *skus = request_missing(request), *error;
	json_t *list scoped(scoped_json) = skus ? json_parse(skus, strlen(skus), &error) : NULL;
	PGresult *marked scoped(scoped_result) = NULL;
	PGresult *stored scoped(scoped_result) = NULL;
	json_t *products scoped(scoped_json) = NULL;
	char *text scoped(scoped_free) = NULL;

	if (list)
		marked = session_query(db, SQL(mark_promotion_categories), "skus", skus);
	if (!session_ok(marked)) {
		problem(request, &PROBLEM_UNAVAILABLE);
		return;
	}
	products = peers_fetch(request, "/v1/product-categories", "skus", list, "The catalogue");
	if (!products)
		return;
	text = json_text(products);
	stored = session_query(db, SQL(store_promotion_categories), "skus", skus, "quotes", text,
			       "asked_at", row_get(marked, "asked_at"));
	if (!session_ok(stored))
		problem(request, &PROBLEM_UNAVAILABLE);
}
