/* The import of products: COPY into a temporary table, reject, merge, all in one transaction. */
#include "daemons/catalogd/import_products.h"

#include <stdlib.h>
#include <string.h>

#include "daemons/catalogd/sql.h"
#include "lib/base/json.h"
#include "lib/db/session.h"
#include "lib/db/sqlstate.h"
#include "lib/http/problem.h"
#include "lib/http/request.h"
#include "lib/http/respond.h"

#define ATTEMPTS 3

/* Keeps the last result of a chain of statements, which ends with the first failure. */
static bool step(PGresult **last, PGresult *result)
{
	PQclear(*last);
	*last = result;
	return session_ok(result);
}

static PGresult *claim_key(struct request *request, struct session *db)
{
	return session_query(db, SQL(import_key), "subject", request_reserved(request, "subject"),
			     "route", request_reserved(request, "route"), "key",
			     request_reserved(request, "idempotency_key"), "request_hash",
			     request_reserved(request, "request_hash"), "id",
			     request_reserved(request, "new_id"));
}

static PGresult *copy_rows(struct session *db, const struct import_rows *rows)
{
	if (!session_copy_begin(db, "COPY import_stage FROM STDIN"))
		return PQmakeEmptyPGresult(NULL,
					   PGRES_FATAL_ERROR); /* counts as a lost connection */
	if (rows->copy.len && !session_copy_data(db, rows->copy.data, rows->copy.len))
		return PQmakeEmptyPGresult(NULL, PGRES_FATAL_ERROR);
	return session_copy_end(db);
}

static PGresult *merge(struct request *request, struct session *db, const struct import_rows *rows,
		       const PGresult *found)
{
	json_t *rejected scoped(scoped_json) = import_rows_rejected(rows, found);
	char *text scoped(scoped_free) = json_text(rejected);

	return session_query(db, SQL(import_merge), "id", request_reserved(request, "new_id"),
			     "rejected", text);
}

/* One attempt; *body is what the chunk did, and set only when it is committed. Else the result that
 * failed; NULL counts as a lost connection. */
static PGresult *import(struct request *request, struct session *db, const struct import_rows *rows,
			char **body)
{
	PGresult *last = NULL;
	char *text scoped(scoped_free) = NULL;

	if (!session_begin(db))
		return NULL;
	if (!step(&last, session_query(db, SQL(import_begin))) ||
	    !step(&last, claim_key(request, db)) || !step(&last, copy_rows(db, rows)) ||
	    !step(&last, session_query(db, SQL(import_lock))) ||
	    !step(&last, session_query(db, SQL(import_lock_stock))) ||
	    !step(&last, session_query(db, SQL(import_reject))) ||
	    !step(&last, merge(request, db, rows, last)))
		return last;
	text = xstrdup(row_get(last, "body"));
	if (!step(&last,
		  session_query(db, SQL(import_stock), "id", request_reserved(request, "new_id"),
				"actor", request_reserved(request, "subject"))))
		return last;
	PQclear(last);
	if (session_commit(db))
		*body = take_ptr(text);
	return NULL;
}

/* A deadlock, or another writer who created one of our new products meanwhile. */
static bool is_worth_another_try(const PGresult *result)
{
	const char *constraint = sqlstate_constraint(result);

	return sqlstate_is_transient(result) ||
	       (constraint && strcmp(constraint, "product_sku_taken") == 0);
}

static void respond_import(struct request *request, char *body)
{
	char *location = arena_printf(request_arena(request), "/v1/product-imports/%s",
				      request_reserved(request, "new_id"));

	respond_text(request, request_route(request)->ok, "application/json", body, strlen(body));
	respond_header(request, "Location", location);
}

void import_products(struct request *request, struct session *db)
{
	struct import_rows rows scoped(import_rows_done);
	PGresult *result;
	char *body = NULL;
	const char *text;
	size_t len;

	import_rows_init(&rows);
	text = request_raw_body(request, &len);
	if (!import_rows_read(&rows, text, len)) {
		problem_detail(request, &PROBLEM_PAYLOAD_TOO_LARGE, "at most %d rows at once",
			       IMPORT_ROWS_MAX);
		return;
	}
	for (int attempt = 1;; attempt++) {
		result = import(request, db, &rows, &body);
		if (body) {
			respond_import(request, body);
			return;
		}
		session_rollback(db);
		if (attempt == ATTEMPTS || !is_worth_another_try(result))
			break;
		PQclear(result);
	}
	problem_from_result(request, result);
}
