/* GET /v1/invoices/{number}/text and /pdf: the frozen document, for people. */
#include <string.h>

#include "daemons/orderd/invoice.h"
#include "daemons/orderd/invoice_pdf.h"
#include "daemons/orderd/sql.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/db/session.h"
#include "lib/http/problem.h"
#include "lib/http/request.h"
#include "lib/http/respond.h"

/* The row, when its caller may see it and does not have it yet; else the answer is there. */
static PGresult *row_of(struct request *request, struct session *db)
{
	PGresult *row = session_query(db, SQL(print_invoice), "number",
				      request_param(request, "number"), "subject",
				      request_reserved(request, "subject"), "scopes",
				      request_reserved(request, "scopes"));

	if (!session_ok(row)) {
		problem_from_result(request, row);
		return NULL;
	}
	if (PQntuples(row) == 0)
		problem(request, &PROBLEM_NOT_FOUND);
	else if (!respond_etag(request, row_get(row, "hash")))
		return row;
	PQclear(row);
	return NULL;
}

void invoice_as_text(struct request *request, struct session *db)
{
	PGresult *row scoped(scoped_result) = row_of(request, db);
	char *name scoped(scoped_free) = NULL;
	const char *text;

	if (!row)
		return;
	name = xasprintf("%s.txt", row_get(row, "number"));
	text = row_get(row, "text");
	respond_file(request, "text/plain; charset=utf-8", name, xstrdup(text), strlen(text));
}

void invoice_as_pdf(struct request *request, struct session *db)
{
	PGresult *row scoped(scoped_result) = row_of(request, db);
	json_t *document scoped(scoped_json) = NULL;
	char *name scoped(scoped_free) = NULL;
	const char *text, *why;
	void *pdf;
	size_t len;

	if (!row)
		return;
	text = row_get(row, "document");
	document = json_parse(text, strlen(text), &why);
	pdf = document ? invoice_pdf(document, &len, &why) : NULL;
	if (!pdf) {
		log_error("invoice %s cannot be printed: %s", row_get(row, "number"), why);
		problem(request, &PROBLEM_INTERNAL);
		return;
	}
	name = xasprintf("%s.pdf", row_get(row, "number"));
	respond_file(request, "application/pdf", name, pdf, len);
}
