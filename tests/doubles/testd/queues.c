/* Rows of a table of the daemon's own: a batch worker, and calls to the outside. */
#include <stdio.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/db/session.h"
#include "tests/doubles/testd/routes.h"
#include "tests/doubles/testd/sql.h"

void work_on_items(struct session *db, const PGresult *rows)
{
	PGresult *settled scoped(scoped_result) = NULL;
	struct buf ids = BUF_INIT(64 << 10);
	char size[16];

	snprintf(size, sizeof(size), "%d", PQntuples(rows));
	for (int row = 0; row < PQntuples(rows); row++)
		buf_addf(&ids, "%c%s", row ? ',' : '{', row_get_at(rows, row, "id"));
	buf_addc(&ids, '}');
	if (session_begin(db)) {
		settled = session_query(db, SQL(settle_items), "ids", ids.data, "size", size);
		if (!session_ok(settled) || !session_commit(db))
			session_rollback(db);
	}
	buf_free(&ids);
}

static bool build(struct outbound_call *call, const PGresult *rows, int row)
{
	const char *url = row_get_at(rows, row, "url"), *body = row_get_at(rows, row, "body");

	if (str_has_prefix(url, "none")) {
		snprintf(call->why, sizeof(call->why), "there is no address%s", url + 4);
		return false;
	}
	call->method = body ? "POST" : "GET";
	call->url = arena_strdup(&call->arena, url);
	call->body = body ? arena_strdup(&call->arena, body) : NULL;
	call->headers[0] = "Content-Type: application/json";
	call->headers[1] = arena_printf(&call->arena, "Idempotency-Key: %s", call->id);
	return true;
}

static void settle(struct session *db, struct outbound_call *const *calls, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		PGresult *settled scoped(scoped_result) = NULL;
		char status[16], attempt[16], length[24];

		snprintf(status, sizeof(status), "%d", calls[i]->status);
		snprintf(attempt, sizeof(attempt), "%d", calls[i]->attempt);
		snprintf(length, sizeof(length), "%zu", calls[i]->answer.len);
		settled = session_query(db, SQL(settle_call), "id", calls[i]->id, "attempt",
					attempt, "status", status, "answer_length", length, "why",
					calls[i]->why);
	}
}

const struct outbound testd_outbound[] = {
	{ "call", SQL(claim_calls), build, settle, .timeout_ms = 6000, .lease_ms = 12000 },
	{ 0 },
};
