/* Invoices of what was shipped. */
#include <stdlib.h>
#include <string.h>

#include "daemons/orderd/orderd.h"
#include "daemons/orderd/sql.h"
#include "lib/base/buf.h"
#include "lib/base/log.h"
#include "lib/db/session.h"

/*
 * Numbers and documents of a batch in one transaction. What fails alone has its reason in its row; when
 * the whole statement fails, the leases end and all of it is tried again.
 */
void invoice_batch(struct session *db, const PGresult *rows)
{
	PGresult *issued scoped(scoped_result) = NULL;
	char *list scoped(scoped_free) = NULL;
	struct buf ids = BUF_INIT(0);
	const char *why;

	for (int i = 0; i < PQntuples(rows); i++)
		buf_addf(&ids, "%s%s", i ? "," : "{", row_get_at(rows, i, "id"));
	buf_addf(&ids, "}");
	list = buf_steal(&ids);
	issued = session_query(db, SQL(issue_invoices), "shipments", list);
	why = PQresultErrorMessage(issued); /* below its first line there may be a row: secrets */
	if (!session_ok(issued))
		log_warn("invoices were not issued: %.*s", (int)strcspn(why, "\n"), why);
	else if (row_get(issued, "failed"))
		log_warn("an invoice was not issued: %s", row_get(issued, "failed"));
}
