/*
 * Errors as RFC 9457 problem documents: type, title, status, detail, code, request_id, and errors
 * (one entry per bad field). `code` is stable: clients switch on it, never on the text. Problems
 * of the library are rows of problems.c; those of a service are the names of its constraints.
 */
#ifndef ECOM_LIB_HTTP_PROBLEM_H
#define ECOM_LIB_HTTP_PROBLEM_H

#include <libpq-fe.h>

#include "lib/http/rules.h"

struct request;

struct problem {
	int status;
	const char *code;
	const char *title;
	const char *hint; /* what the caller can do about it; NULL: nothing to add */
};

extern const struct problem PROBLEM_BAD_REQUEST, PROBLEM_BAD_JSON, PROBLEM_BAD_CURSOR,
	PROBLEM_UNAUTHENTICATED, PROBLEM_INVALID_TOKEN, PROBLEM_INSUFFICIENT_SCOPE,
	PROBLEM_BYPASSED_GATEWAY, PROBLEM_NOT_FOUND, PROBLEM_METHOD_NOT_ALLOWED,
	PROBLEM_IDEMPOTENCY_KEY_INVALID, PROBLEM_IDEMPOTENCY_KEY_REQUIRED,
	PROBLEM_IDEMPOTENCY_KEY_REUSED, PROBLEM_PRECONDITION_FAILED, PROBLEM_PRECONDITION_REQUIRED,
	PROBLEM_PAYLOAD_TOO_LARGE, PROBLEM_UNSUPPORTED_MEDIA_TYPE, PROBLEM_VALIDATION,
	PROBLEM_INVALID_VALUE, PROBLEM_INTERNAL, PROBLEM_OVERLOADED, PROBLEM_UNAVAILABLE,
	PROBLEM_TIMEOUT, PROBLEM_CARD_NUMBER_REFUSED;

/* All of them, ends with NULL: for the docs test and OpenAPI. */
extern const struct problem *const problems[];

void problem(struct request *request, const struct problem *problem);
void problem_detail(struct request *request, const struct problem *problem, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void problem_fields(struct request *request, const struct field_errors *errors);
/* The same with another problem than PROBLEM_VALIDATION. */
void problem_fields_of(struct request *request, const struct problem *problem,
		       const struct field_errors *errors);

/* From a statement's row with a status from 400 on: `body` is a JSON object with `code` and whatever
 * helps (`detail`, `hint`, ...); the other members of a problem document are added. */
void problem_from_row(struct request *request, int status, const char *body);

/* From a failed statement: unique 409, check 422, raised EC4nn, transient 503, ... Clears result. */
void problem_from_result(struct request *request, PGresult *result);

#endif
