/* Putting an answer together. */
#include "lib/http/respond.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/db/session.h"
#include "lib/http/exchange.h"
#include "lib/http/problem.h"

void reply_clear(struct reply *reply)
{
	if (reply->release)
		reply->release(reply->owner);
	*reply = (struct reply){ 0 };
}

/* The last word counts: a task may answer with a problem after it began another answer. Headers
 * that were set before stay. */
static void reply_set(struct request *request, int status, const char *type, const void *data,
		      size_t len)
{
	struct reply *reply = &request->reply;

	if (reply->release)
		reply->release(reply->owner);
	reply->release = NULL;
	reply->status = status;
	reply->type = type;
	reply->data = data;
	reply->len = len;
}

void respond_static(struct request *request, int status, const char *type, const char *data,
		    size_t len)
{
	reply_set(request, status, type, data, len);
}

void respond_empty(struct request *request, int status)
{
	reply_set(request, status, NULL, "", 0);
}

void respond_text(struct request *request, int status, const char *type, char *text, size_t len)
{
	reply_set(request, status, type, text, len);
	request->reply.release = free;
	request->reply.owner = text;
}

void respond_file(struct request *request, const char *type, const char *name, void *data,
		  size_t len)
{
	char *safe = arena_strdup(&request->arena, name);

	for (char *c = safe; *c; c++) {
		if (!isalnum((unsigned char)*c) && !strchr(".-_", *c))
			*c = '_';
	}
	respond_text(request, 200, type, data, len);
	respond_header(request, "Content-Disposition",
		       arena_printf(&request->arena, "attachment; filename=\"%s\"", safe));
}

void respond_json(struct request *request, int status, json_t *body)
{
	char *text = json_text(body);

	json_decref(body);
	respond_text(request, status, "application/json", text, strlen(text));
}

void respond_header(struct request *request, const char *name, const char *value)
{
	struct reply *reply = &request->reply;

	if (reply->nheaders == REPLY_HEADERS_MAX) {
		log_error("more than %d headers in an answer", REPLY_HEADERS_MAX);
		return;
	}
	reply->headers[reply->nheaders].name = name;
	reply->headers[reply->nheaders++].value = arena_strdup(&request->arena, value);
}

static void release_result(void *owner)
{
	PQclear(owner);
}

static bool is_unchanged(const struct request *request, const char *etag)
{
	const char *asked = request->entry->route->etag && request->method == GET
				    ? request_header(request, "If-None-Match")
				    : NULL;

	return asked && strstr(asked, etag);
}

bool respond_etag(struct request *request, const char *etag)
{
	const char *quoted = arena_printf(&request->arena, "\"%s\"", etag);

	respond_header(request, "ETag", quoted);
	if (!is_unchanged(request, quoted))
		return false;
	respond_empty(request, 304);
	return true;
}

static void respond_columns(struct request *request, const PGresult *result)
{
	const char *etag = row_get(result, "etag"), *location = row_get(result, "location");
	const char *link = row_get(result, "link");

	if (location)
		respond_header(request, "Location", location);
	if (link)
		respond_header(request, "Link", link);
	if (etag)
		respond_etag(request, etag);
}

void respond_row(struct request *request, PGresult *result)
{
	const struct route *route = request->entry->route;
	const char *status = row_get(result, "status"), *body = row_get(result, "body");
	const char *delay = row_get(result, "delay_ms");
	int code = route->ok ? route->ok : 200;

	if (PQntuples(result) == 0) {
		problem(request, &PROBLEM_NOT_FOUND);
		PQclear(result);
		return;
	}
	if (status)
		code = atoi(status);
	if (delay)
		request->reply.delay_ms = atoi(delay);
	if (code == STATUS_MISSING && route->supply) {
		request->missing = body ? arena_strdup(&request->arena, body) : NULL;
		respond_empty(request, code);
		PQclear(result);
		return;
	}
	if (code == 412) {
		problem(request, &PROBLEM_PRECONDITION_FAILED);
		PQclear(result);
		return;
	}
	if (body && code >= 400) {
		problem_from_row(request, code, body);
		PQclear(result);
		return;
	}
	if (body && code != 204) {
		reply_set(request, code, "application/json", body, strlen(body));
		request->reply.release = release_result;
		request->reply.owner = result;
		respond_columns(request, result);
		return;
	}
	respond_empty(request, code);
	respond_columns(request, result);
	PQclear(result);
}
