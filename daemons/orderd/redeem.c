/* Taking the uses of promotions, before anything else of an order is taken. */
#include "daemons/orderd/redeem.h"

#include <string.h>

#include "daemons/orderd/sql.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/db/session.h"

static json_t *orders_over(const PGresult *rows)
{
	json_t *over = json_object();

	for (int i = 0; i < PQntuples(rows); i++) {
		const char *detail = row_get_at(rows, i, "detail"), *error;

		json_object_set_new(over, row_get_at(rows, i, "id"),
				    json_parse(detail, strlen(detail), &error));
	}
	return over;
}

json_t *promotions_redeem(struct session *db, json_t *claims)
{
	char *text scoped(scoped_free) = json_text(claims);
	PGresult *rows scoped(scoped_result) = session_query(db, SQL(redeem_promotions), "orders",
							     text);

	if (session_ok(rows)) {
		json_decref(claims);
		return orders_over(rows);
	}
	log_warn("the promotions of %zu orders could not be counted: %.*s", json_array_size(claims),
		 (int)strcspn(PQresultErrorMessage(rows), "\n"), PQresultErrorMessage(rows));
	json_decref(claims);
	return NULL;
}
