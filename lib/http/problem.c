/* Errors as RFC 9457 problem documents. */
#include "lib/http/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/db/sqlstate.h"
#include "lib/http/exchange.h"
#include "lib/http/respond.h"

#define RETRY_AFTER_SECONDS "1"

const struct problem PROBLEM_BAD_REQUEST = {
	400,
	"bad_request",
	"The request is not well-formed",
	NULL,
};
const struct problem PROBLEM_BAD_JSON = {
	400,
	"bad_json",
	"The body is not valid JSON",
	"Send one JSON object in UTF-8.",
};
const struct problem PROBLEM_BAD_CURSOR = {
	422,
	"bad_cursor",
	"The cursor is not valid",
	"Use the `next` of a page with the same filters, or start without `after`.",
};
const struct problem PROBLEM_UNAUTHENTICATED = {
	401,
	"unauthenticated",
	"A token is needed",
	"Log in and send Authorization: Bearer TOKEN.",
};
const struct problem PROBLEM_INVALID_TOKEN = {
	401,
	"invalid_token",
	"The token is not valid",
	"Log in again or refresh the token.",
};
const struct problem PROBLEM_INSUFFICIENT_SCOPE = {
	403,
	"insufficient_scope",
	"The token does not allow this",
	"Ask an administrator for a role with this scope.",
};
const struct problem PROBLEM_BYPASSED_GATEWAY = {
	403,
	"bypassed_gateway",
	"The request did not come through the gateway",
	"Call the gateway's address.",
};
const struct problem PROBLEM_NOT_FOUND = {
	404,
	"not_found",
	"There is no such thing here",
	NULL,
};
const struct problem PROBLEM_METHOD_NOT_ALLOWED = {
	405,
	"method_not_allowed",
	"The method is not allowed here",
	"Use one of the methods in the Allow header.",
};
const struct problem PROBLEM_IDEMPOTENCY_KEY_INVALID = {
	400,
	"idempotency_key_invalid",
	"The Idempotency-Key is not valid",
	"Send 1 to 255 visible ASCII characters.",
};
const struct problem PROBLEM_IDEMPOTENCY_KEY_REQUIRED = {
	400,
	"idempotency_key_required",
	"An Idempotency-Key is needed",
	"Send a new random key for each operation and repeat it when you retry.",
};
const struct problem PROBLEM_IDEMPOTENCY_KEY_REUSED = {
	422,
	"idempotency_key_reused",
	"The Idempotency-Key was used for another request",
	"Use a new key for a new operation.",
};
const struct problem PROBLEM_PRECONDITION_FAILED = {
	412,
	"precondition_failed",
	"It has changed since that version",
	"Read it again and repeat with the new version in If-Match.",
};
const struct problem PROBLEM_PRECONDITION_REQUIRED = {
	428,
	"precondition_required",
	"If-Match is needed",
	"Send the version that you read, as the ETag gave it, in If-Match.",
};
const struct problem PROBLEM_PAYLOAD_TOO_LARGE = {
	413,
	"payload_too_large",
	"The body is too large",
	"Send it in smaller parts.",
};
const struct problem PROBLEM_UNSUPPORTED_MEDIA_TYPE = {
	415,
	"unsupported_media_type",
	"The body's type is not supported",
	NULL,
};
const struct problem PROBLEM_VALIDATION = {
	422,
	"validation",
	"Some fields are not valid",
	"See `errors`.",
};
const struct problem PROBLEM_INVALID_VALUE = {
	422,
	"invalid_value",
	"A value is not valid",
	NULL,
};
const struct problem PROBLEM_CARD_NUMBER_REFUSED = {
	422,
	"card_number_refused",
	"Card numbers are not accepted here",
	"Send the payment provider's token instead, and nothing else of the card.",
};
const struct problem PROBLEM_INTERNAL = {
	500,
	"internal",
	"Something went wrong on our side",
	"Report the request_id.",
};
const struct problem PROBLEM_OVERLOADED = {
	503,
	"overloaded",
	"Too many requests are waiting",
	"Try again after Retry-After.",
};
const struct problem PROBLEM_UNAVAILABLE = {
	503,
	"unavailable",
	"A part that is needed does not answer",
	"Try again after Retry-After, with the same Idempotency-Key.",
};
const struct problem PROBLEM_TIMEOUT = {
	504,
	"timeout",
	"It took too long",
	"Try again, or ask for less.",
};

const struct problem *const problems[] = {
	&PROBLEM_BAD_REQUEST,
	&PROBLEM_BAD_JSON,
	&PROBLEM_BAD_CURSOR,
	&PROBLEM_UNAUTHENTICATED,
	&PROBLEM_INVALID_TOKEN,
	&PROBLEM_INSUFFICIENT_SCOPE,
	&PROBLEM_BYPASSED_GATEWAY,
	&PROBLEM_NOT_FOUND,
	&PROBLEM_METHOD_NOT_ALLOWED,
	&PROBLEM_IDEMPOTENCY_KEY_INVALID,
	&PROBLEM_IDEMPOTENCY_KEY_REQUIRED,
	&PROBLEM_IDEMPOTENCY_KEY_REUSED,
	&PROBLEM_PRECONDITION_FAILED,
	&PROBLEM_PRECONDITION_REQUIRED,
	&PROBLEM_PAYLOAD_TOO_LARGE,
	&PROBLEM_UNSUPPORTED_MEDIA_TYPE,
	&PROBLEM_VALIDATION,
	&PROBLEM_INVALID_VALUE,
	&PROBLEM_CARD_NUMBER_REFUSED,
	&PROBLEM_INTERNAL,
	&PROBLEM_OVERLOADED,
	&PROBLEM_UNAVAILABLE,
	&PROBLEM_TIMEOUT,
	NULL,
};

static json_t *document(const struct request *request, const struct problem *problem,
			const char *detail)
{
	char type[128];

	snprintf(type, sizeof(type), "/problems/%s", problem->code);
	return json_pack("{s:s, s:s, s:i, s:s, s:s*, s:s*, s:s, s:b}", "type", type, "title",
			 problem->title, "status", problem->status, "code", problem->code, "detail",
			 detail, "hint", problem->hint, "request_id", request->id, "retryable",
			 problem->status == 429 || problem->status >= 503);
}

static void problem_send(struct request *request, const struct problem *problem, json_t *body)
{
	char *text = json_text(body);

	json_decref(body);
	respond_text(request, problem->status, "application/problem+json", text, strlen(text));
	if (problem->status == 503)
		respond_header(request, "Retry-After", RETRY_AFTER_SECONDS);
}

void problem(struct request *request, const struct problem *problem)
{
	problem_send(request, problem, document(request, problem, NULL));
}

void problem_detail(struct request *request, const struct problem *problem, const char *format, ...)
{
	char *detail scoped(scoped_free) = NULL;
	va_list args;

	va_start(args, format);
	detail = xvasprintf(format, args);
	va_end(args);
	problem_send(request, problem, document(request, problem, detail));
}

void problem_fields(struct request *request, const struct field_errors *errors)
{
	problem_fields_of(request, &PROBLEM_VALIDATION, errors);
}

void problem_fields_of(struct request *request, const struct problem *problem,
		       const struct field_errors *errors)
{
	json_t *body = document(request, problem, NULL), *list = json_array();
	size_t shown = errors->count < RULES_ERRORS_MAX ? errors->count : RULES_ERRORS_MAX;

	for (size_t i = 0; i < shown; i++) {
		const struct field_error *error = &errors->list[i];

		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:s}", "pointer", error->pointer,
						"code", error->code, "detail", error->detail));
	}
	json_object_set_new(body, "errors", list);
	if (errors->count > shown)
		json_object_set_new(body, "errors_omitted",
				    json_integer((json_int_t)(errors->count - shown)));
	problem_send(request, problem, body);
}

static char *title_make(const char *code)
{
	char *title = xstrdup(code);

	for (char *c = title; *c; c++)
		*c = *c == '_' ? ' ' : *c;
	return title;
}

void problem_from_row(struct request *request, int status, const char *body)
{
	const char *error;
	json_t *row scoped(scoped_json) = json_parse(body, strlen(body), &error);
	const char *code = json_get_string(row, "code", "conflict");
	char *title scoped(scoped_free) = title_make(code);
	const struct problem about = { status, code, title, NULL };
	json_t *all = document(request, &about, NULL);

	if (row)
		json_object_update(all, row);
	problem_send(request, &about, all);
}

/* A constraint's name is the problem's code; its message, made by our functions, the detail. */
static void problem_constraint(struct request *request, const PGresult *result, int status)
{
	const char *code = sqlstate_constraint(result);
	const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
	const char *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
	char *title scoped(scoped_free) = title_make(code);
	bool raised = sqlstate_kind(result) == SQLSTATE_RAISED;

	/* PostgreSQL's own detail repeats the row: only what our functions wrote is for callers. */
	if (raised && !detail)
		detail = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	problem_send(request, &(struct problem){ status, code, title, raised ? hint : NULL },
		     document(request,
			      &(struct problem){ status, code, title, raised ? hint : NULL },
			      raised ? detail : NULL));
}

/* The rest of the status after EC4: EC409 is 409. */
static int raised_status(const PGresult *result)
{
	int status = 400 + atoi(sqlstate_code(result) + 3);

	return status < 500 ? status : 409;
}

static bool is_key_conflict(const PGresult *result)
{
	const char *constraint = sqlstate_constraint(result);

	return constraint && str_eq(constraint, "idempotency_pkey");
}

static void log_failure(const struct request *request, const PGresult *result)
{
	const char *message = PQresultErrorMessage(result);

	log_error("%s: SQLSTATE %s: %.*s", request->entry->name, sqlstate_code(result),
		  (int)strcspn(message, "\n"), message);
}

void problem_from_result(struct request *request, PGresult *result)
{
	const char *constraint = sqlstate_constraint(result);

	switch (sqlstate_kind(result)) {
	case SQLSTATE_UNIQUE:
		if (is_key_conflict(result))
			request->reply.replay = true;
		else
			problem_constraint(request, result, 409);
		break;
	case SQLSTATE_CHECK:
		if (constraint && *constraint)
			problem_constraint(request, result, 422);
		else
			problem(request, &PROBLEM_INVALID_VALUE);
		break;
	case SQLSTATE_RAISED:
		if (constraint && *constraint)
			problem_constraint(request, result, raised_status(result));
		else
			problem(request, &PROBLEM_INVALID_VALUE);
		break;
	case SQLSTATE_BAD_VALUE:
		/* Bodies were checked: what still does not cast is a part of the path, such as a
		 * word where a UUID belongs, and names nothing. */
		if (request->entry->nparams && !request->body)
			problem(request, &PROBLEM_NOT_FOUND);
		else
			problem(request, &PROBLEM_INVALID_VALUE);
		break;
	case SQLSTATE_TRANSIENT:
		problem(request, &PROBLEM_UNAVAILABLE);
		break;
	case SQLSTATE_TIMEOUT:
		problem(request, &PROBLEM_TIMEOUT);
		break;
	case SQLSTATE_OTHER:
		log_failure(request, result);
		problem(request, &PROBLEM_INTERNAL);
		break;
	}
	PQclear(result);
}
