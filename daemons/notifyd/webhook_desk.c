/* Subscriptions: made, changed, given a new secret. A secret is in the answer that made it and in no other. */
#include "daemons/notifyd/webhook_desk.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "daemons/notifyd/notifyd.h"
#include "daemons/notifyd/sql.h"
#include "daemons/notifyd/webhook_url.h"
#include "lib/auth/webhook_sign.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/daemon/daemon.h"
#include "lib/db/session.h"
#include "lib/http/problem.h"
#include "lib/http/request.h"
#include "lib/http/respond.h"

/* False: answered. */
static bool url_is_fine(struct request *request)
{
	const char *url = json_get_string(request_body(request), "url", NULL);
	const char *fault = url ? webhook_url_fault(url) : NULL;
	struct field_errors errors = { .count = 0 };

	if (!fault)
		return true;
	rules_fail(&errors, "url", "webhook_url_refused", fault);
	problem_fields(request, &errors);
	return false;
}

/* JSON text of the events; NULL: not given. The caller frees. */
static char *events_of(struct request *request)
{
	const json_t *events = json_object_get(request_body(request), "events");

	return events ? json_text(events) : NULL;
}

static void show(struct request *request, int status, PGresult *made, const char *secret)
{
	const char *text = row_get(made, "body"), *location = row_get(made, "location"), *error;
	json_t *body;

	if (!session_ok(made)) {
		problem_from_result(request, made);
		return;
	}
	if (!text) {
		problem(request, &PROBLEM_NOT_FOUND);
		PQclear(made);
		return;
	}
	body = json_parse(text, strlen(text), &error);
	json_object_set_new(body, "secret", json_string(secret));
	respond_header(request, "Location", location);
	respond_header(request, "Cache-Control", "no-store");
	respond_json(request, status, body);
	PQclear(made);
}

void create_webhook(struct request *request, struct session *db)
{
	const json_t *body = request_body(request);
	char *events scoped(scoped_free) = events_of(request);
	char secret[WEBHOOK_SECRET_SIZE];
	PGresult *made;

	if (!url_is_fine(request))
		return;
	webhook_secret_make(secret);
	made = session_query(db, SQL(create_webhook), "subject",
			     request_reserved(request, "subject"), "route",
			     request_reserved(request, "route"), "idempotency_key",
			     request_reserved(request, "idempotency_key"), "request_hash",
			     request_reserved(request, "request_hash"), "new_id",
			     request_reserved(request, "new_id"), "url",
			     json_get_string(body, "url", NULL), "events", events, "description",
			     json_get_string(body, "description", ""), "secret", secret);
	show(request, 201, made, secret);
	sodium_memzero(secret, sizeof(secret));
}

void update_webhook(struct request *request, struct session *db)
{
	const json_t *body = request_body(request);
	char *events scoped(scoped_free) = events_of(request);
	PGresult *updated;

	if (!url_is_fine(request))
		return;
	updated = session_query(db, SQL(update_webhook), "id", request_param(request, "id"), "url",
				json_get_string(body, "url", NULL), "events", events, "description",
				json_get_string(body, "description", NULL), "status",
				json_get_string(body, "status", NULL), "if_match",
				request_reserved(request, "if_match"));
	if (!session_ok(updated)) {
		problem_from_result(request, updated);
		return;
	}
	service_wake(request_service(request));
	respond_row(request, updated);
}

void rotate_webhook(struct request *request, struct session *db)
{
	const struct options *options = request_service(request)->options;
	bool now = json_is_true(json_object_get(request_query(request), "now"));
	char secret[WEBHOOK_SECRET_SIZE], overlap[24];
	PGresult *made;

	/* -1: before now, however the database rounds. */
	snprintf(overlap, sizeof(overlap), "%" PRId64,
		 now ? -1 : options_int(options, "webhook_overlap"));
	webhook_secret_make(secret);
	made = session_query(db, SQL(rotate_webhook), "subject",
			     request_reserved(request, "subject"), "route",
			     request_reserved(request, "route"), "idempotency_key",
			     request_reserved(request, "idempotency_key"), "request_hash",
			     request_reserved(request, "request_hash"), "id",
			     request_param(request, "id"), "secret", secret, "overlap_ms", overlap);
	show(request, 200, made, secret);
	sodium_memzero(secret, sizeof(secret));
}
