/* Every endpoint of the test daemon: one for each thing that the library can do. */
#include "tests/doubles/testd/routes.h"

#include <string.h>
#include <time.h>

#include "lib/base/json.h"
#include "lib/base/str.h"
#include "lib/daemon/operations.h"
#include "lib/db/session.h"
#include "lib/http/problem.h"
#include "lib/http/request.h"
#include "lib/http/respond.h"
#include "tests/doubles/testd/sql.h"

static const char *const kinds[] = { "conflict", "bug", "slow", "fine", NULL };

static const struct field tag_rule[] = { { "tag", STRING, .max = 8 }, { 0 } };
static const struct field size_rules[] = { { "width", INT, REQUIRED, .min = 1, .max = 99 }, { 0 } };

static const struct field widget_rules[] = {
	{ "code", STRING, REQUIRED, .min = 1, .max = 16, .match = "^[A-Z0-9-]+$" },
	{ "label", STRING, REQUIRED, .max = 40 },
	{ "price", MONEY, .min = 0, .max = 1000000 },
	{ "count", INT, .min = -5, .max = 1000, .fallback = "1" },
	{ "note", STRING, .max = 100, .nullable = true },
	{ "tags", ARRAY, .max = 3, .items = tag_rule },
	{ "size", OBJECT, .fields = size_rules },
	{ "email", EMAIL },
	{ "at", TIME },
	{ "ref", UUID },
	{ "flag", BOOL },
	{ "kind", STRING, .values = kinds },
	{ 0 },
};

static const struct field peer_call_rule[] = {
	{ "method", STRING },
	{ "path", STRING, REQUIRED, .max = 200 },
	{ "body", OBJECT, .fields = size_rules },
	{ 0 },
};
static const struct field peer_call_item[] = { { "call", OBJECT, .fields = peer_call_rule },
					       { 0 } };
static const struct field peer_call_rules[] = {
	{ "calls", ARRAY, REQUIRED, .max = 20, .items = peer_call_item },
	{ 0 },
};

static const struct field widget_patch_rules[] = {
	{ "label", STRING, .max = 40 },
	{ "note", STRING, .max = 100, .nullable = true },
	{ "count", INT },
	{ 0 },
};

static const struct field thing_rules[] = { { "id", STRING, REQUIRED }, { 0 } };

static const struct field widget_query[] = {
	{ "label", STRING },
	{ "after", CURSOR },
	{ "limit", INT, .min = 1, .max = 100, .fallback = "10" },
	{ 0 },
};

static void echo(struct request *request, struct session *db)
{
	struct timespec pause = { .tv_nsec = 20000000 };

	(void)db;
	nanosleep(&pause, NULL);
	if (json_object_get(request_body(request), "flag"))
		problem_detail(request, &PROBLEM_BAD_REQUEST, "flagged");
	else
		respond_json(request, 200, json_deep_copy(request_body(request)));
}

/* Creates through a session what POST /v1/widgets creates in one statement. */
static void create_by_task(struct request *request, struct session *db)
{
	PGresult *result = session_query(
		db, SQL(create_widget), "subject", request_reserved(request, "subject"), "route",
		request_reserved(request, "route"), "idempotency_key",
		request_reserved(request, "idempotency_key"), "request_hash",
		request_reserved(request, "request_hash"), "new_id",
		request_reserved(request, "new_id"), "code",
		json_string_value(json_object_get(request_body(request), "code")), "label", "task",
		"price", NULL, "count", "1", "note", NULL);

	if (session_ok(result))
		respond_row(request, result);
	else
		problem_from_result(request, result);
}

/* The connection is lost in the middle of a transaction: the rest of it must not be stored. */
static void cut(struct request *request, struct session *db)
{
	bool begun = session_begin(db);
	PGresult *ended = session_query(db, SQL(end_backend));
	PGresult *noted = session_query(db, SQL(insert_worked), "id",
					request_reserved(request, "new_id"), "attempt", "1",
					"payload", "\"cut\"");
	bool stored = session_ok(noted), committed = session_commit(db);

	PQclear(ended);
	PQclear(noted);
	respond_json(request, 200,
		     json_pack("{s:b, s:b, s:b}", "begun", begun, "stored", stored, "committed",
			       committed));
}

static const char *const states[] = { "ready", "refused", NULL };

static const struct field gadget_rules[] = {
	{ "part", STRING, REQUIRED, .max = 200 },
	{ "tracking", STRING, .max = 40, .digits = true },
	{ "box", OBJECT },
	{ 0 },
};

static const struct field gadget_state_rules[] = {
	{ "state", STRING, REQUIRED, .values = states },
	{ 0 },
};

static const struct field delay_query[] = { { "ms", INT, REQUIRED, .min = 0 }, { 0 } };

/* What another service would have to say. */
static void supply_part(struct request *request, struct session *db)
{
	const char *error, *missing = request_missing(request);
	json_t *row = json_parse(missing, strlen(missing), &error);
	const char *part = json_get_string(row, "part", "");

	if (str_eq(part, "unknown"))
		problem(request, &PROBLEM_INVALID_VALUE);
	else if (!str_eq(part, "lost"))
		PQclear(session_query(db, SQL(add_part), "part", part));
	json_decref(row);
}

const struct route testd_routes[] = {
	{ GET, "/v1/widgets", SQL(list_widgets), .on = SHOP | ADMIN, .query = widget_query,
	  .cache = 5, .db = DB_SLOW },
	{ POST, "/v1/widgets", SQL(create_widget), .on = SHOP | ADMIN | INTERNAL,
	  .scope = "test:write", .body = widget_rules, .ok = 201 },
	{ GET, "/v1/widgets/{id}", SQL(get_widget), .on = SHOP | ADMIN | INTERNAL, .etag = true,
	  .cache = 5 },
	{ PATCH, "/v1/widgets/{id}", SQL(update_widget), .on = ADMIN, .scope = "test:write",
	  .body = widget_patch_rules, .if_match = true },
	{ DELETE, "/v1/widgets/{id}", SQL(delete_widget), .on = ADMIN, .scope = "test:write",
	  .ok = 204 },
	{ POST, "/v1/widgets-by-task", .task = create_by_task, .on = ADMIN, .scope = "test:write",
	  .body = widget_rules, .ok = 201, .key = KEY_REQUIRED },
	{ POST, "/v1/open-widgets", SQL(create_widget), .on = SHOP, .body = widget_rules,
	  .ok = 201 },
	{ GET, "/v1/fail/{kind}", SQL(fail), .on = SHOP },
	{ POST, "/v1/echo", .task = echo, .on = SHOP, .body = widget_rules, .form = true },
	{ POST, "/v1/peer-calls", .task = call_peers, .on = SHOP, .body = peer_call_rules },
	{ POST, "/v1/cut", .task = cut, .on = SHOP },
	{ POST, "/v1/gadgets", SQL(create_gadget), .on = SHOP, .body = gadget_rules, .ok = 201,
	  .supply = supply_part, .wait = SQL(gadgets_ready) },
	{ GET, "/v1/gadgets/{id}", SQL(get_gadget), .on = SHOP },
	{ PATCH, "/v1/gadgets/{id}", SQL(set_gadget), .on = SHOP, .body = gadget_state_rules },
	{ GET, "/v1/delayed", SQL(delayed), .on = SHOP, .query = delay_query },
	{ GET, "/v1/whoami", SQL(whoami), .on = SHOP | ADMIN | INTERNAL, .token = true },
	{ POST, "/v1/things", SQL(write_thing), .on = SHOP, .body = thing_rules, .ok = 201 },
	OPERATION_ROUTES("testd"),
	{ 0 },
};
