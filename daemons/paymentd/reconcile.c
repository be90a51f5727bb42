/* Reconciliation: rows of the report are checked here and compared in one statement. */
#include "daemons/paymentd/reconcile.h"

#include <string.h>

#include "daemons/paymentd/provider.h"
#include "daemons/paymentd/sql.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/db/session.h"
#include "lib/http/problem.h"
#include "lib/http/request.h"
#include "lib/http/respond.h"

#define AMOUNT_MAX 1000000000000000

static const struct problem PROBLEM_ROWS = {
	422,
	"reconciliation_rows_invalid",
	"A row of the report cannot be read",
	"One JSON object per line: reference, kind, amount in minor units, currency, occurred_at.",
};

const struct field reconcile_query[] = {
	{ "provider", STRING, .max = 32, .match = "^[a-z0-9_-]+$", .fallback = "\"sandbox\"" },
	{ "since", TIME, .help = "The report begins there; absent: with its first row" },
	{ "until", TIME, .help = "The report ends before that; absent: after its last row" },
	{ 0 },
};

static const struct field row_rules[] = {
	{ "reference", STRING, REQUIRED, .min = 1, .max = 255 },
	{ "kind", STRING, REQUIRED, .min = 1, .max = 64 },
	{ "amount", INT, REQUIRED, .max = AMOUNT_MAX },
	{ "currency", STRING, REQUIRED, .min = 3, .max = 3 },
	{ "payment", STRING, .max = 100, .nullable = true },
	{ "occurred_at", TIME, .nullable = true },
	{ 0 },
};

static bool read_row(struct request *request, json_t *rows, const char *line, size_t len,
		     int number)
{
	struct field_errors errors = { .count = 0 };
	const char *error;
	json_t *row = json_parse(line, len, &error);

	if (!row || !json_is_object(row))
		problem_detail(request, &PROBLEM_ROWS, "line %d: %s", number,
			       row ? "not an object" : error);
	else if (!rules_check(row_rules, row, &errors))
		problem_detail(request, &PROBLEM_ROWS, "line %d: %s: %s", number,
			       errors.list[0].pointer, errors.list[0].detail);
	else
		return json_array_append_new(rows, row) == 0;
	json_decref(row);
	return false;
}

static bool read_rows(struct request *request, json_t *rows)
{
	size_t len;
	const char *text = request_raw_body(request, &len), *end = text + len;

	for (int number = 1; text < end; number++) {
		const char *line_end = memchr(text, '\n', (size_t)(end - text));
		size_t length = (size_t)((line_end ? line_end : end) - text);

		if (number > RECONCILE_ROWS_MAX) {
			problem_detail(request, &PROBLEM_PAYLOAD_TOO_LARGE,
				       "at most %d rows at once", RECONCILE_ROWS_MAX);
			return false;
		}
		if (length && text[length - 1] == '\r')
			length--;
		if (length && !read_row(request, rows, text, length, number))
			return false;
		text = line_end ? line_end + 1 : end;
	}
	return true;
}

void reconcile_report(struct request *request, struct session *db)
{
	const json_t *query = request_query(request);
	const char *provider = json_get_string(query, "provider", "");
	json_t *rows scoped(scoped_json) = json_array();
	char *text scoped(scoped_free) = NULL;

	if (!provider_find(provider)) {
		problem_detail(request, &PROBLEM_BAD_REQUEST, "there is no provider \"%s\"",
			       provider);
		return;
	}
	if (!read_rows(request, rows))
		return;
	text = json_text(rows);
	respond_row(request, session_query(db, SQL(reconcile), "provider", provider, "rows", text,
					   "since", json_get_string(query, "since", NULL), "until",
					   json_get_string(query, "until", NULL)));
}
