/* A request: its parts, and the values that its statement's parameters get. */
#include "lib/http/request.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/http/exchange.h"
#include "lib/http/listener.h"
#include "lib/http/waiters.h"

#define ID_MAX 128 /* bytes of an X-Request-Id */

/* Ids are logged and sent back: only what looks like one is taken over. */
static bool is_id(const char *text)
{
	size_t len = 0;

	while (text[len] > ' ' && text[len] <= '~' && len <= ID_MAX)
		len++;
	return len > 0 && len <= ID_MAX && text[len] == '\0';
}

struct request *request_new(struct http *http, struct listener *listener,
			    struct MHD_Connection *connection, enum method method, const char *path)
{
	struct request *request = xcalloc(1, sizeof(*request));

	request->http = http;
	request->listener = listener;
	request->connection = connection;
	request->method = method;
	request->started_us = clock_mono_us();
	request->path = arena_strdup(&request->arena, path);
	request->id = request_header(request, "X-Request-Id");
	if (!request->id || !is_id(request->id)) {
		char *id = arena_alloc(&request->arena, UUID_SIZE);

		uuid_make(id);
		request->id = id;
	}
	return request;
}

void request_free(struct request *request)
{
	reply_clear(&request->reply);
	json_decref(request->query);
	json_decref(request->body);
	buf_free(&request->raw);
	arena_free(&request->arena);
	free(request);
}

const struct route *request_route(const struct request *request)
{
	return request->entry->route;
}

struct arena *request_arena(struct request *request)
{
	return &request->arena;
}

enum frontend request_frontend(const struct request *request)
{
	return request->frontend;
}

const char *request_id(const struct request *request)
{
	return request->id;
}

const json_t *request_query(const struct request *request)
{
	return request->query;
}

const json_t *request_body(const struct request *request)
{
	return request->body;
}

const char *request_raw_body(const struct request *request, size_t *len)
{
	*len = request->raw.len;
	return request->raw.data ? request->raw.data : "";
}

const char *request_missing(const struct request *request)
{
	return request->missing;
}

const char *request_header(const struct request *request, const char *name)
{
	return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

const struct identity *request_identity(const struct request *request)
{
	return request->identity;
}

const char *request_param(const struct request *request, const char *name)
{
	const struct route_entry *entry = request->entry;

	for (int i = 0; i < entry->nparams; i++) {
		if (strlen(name) == entry->param_lengths[i] &&
		    memcmp(name, entry->param_names[i], entry->param_lengths[i]) == 0)
			return request->params[i];
	}
	log_error("%s has no part {%s}", entry->name, name);
	abort();
}

/* Decodes the parts of the path; false when one is not valid UTF-8 or badly escaped. */
bool request_take_params(struct request *request, const struct route_match *match)
{
	for (int i = 0; i < match->entry->nparams; i++) {
		char *text = arena_strndup(&request->arena, match->params[i], match->lengths[i]);

		if (!str_unescape(text))
			return false;
		request->params[i] = text;
	}
	return true;
}

static const char *reserved_subject(struct request *request)
{
	const char *email;
	char hash[HASH_HEX_SIZE];

	if (request->subject)
		return request->subject;
	if (request->identity) {
		request->subject = request->identity->subject;
	} else {
		/* Anonymous callers must not share keys: the address they act for tells them apart. */
		email = json_get_string(request->body, "email", "");
		hash_sha256_hex(email, strlen(email), hash);
		request->subject = arena_printf(&request->arena, "anon:%s", *email ? hash : "");
	}
	return request->subject;
}

static const char *reserved_scopes(struct request *request)
{
	return request->identity ? request->identity->scopes_array : "{}";
}

static const char *reserved_request_id(struct request *request)
{
	return request->id;
}

static const char *reserved_route(struct request *request)
{
	return (request->origin ? request->origin : request->entry)->name;
}

static const char *reserved_key(struct request *request)
{
	return request->idempotency_key;
}

static const char *reserved_new_id(struct request *request)
{
	if (!request->new_id) {
		char *id = arena_alloc(&request->arena, UUID_SIZE);

		uuid_make(id);
		request->new_id = id;
	}
	return request->new_id;
}

/* The body in canonical form, without what is secret: this hash is stored, and a fast hash of a
 * password would give the password away. */
static char *body_canonical(const struct request *request)
{
	const struct route_entry *entry = request->origin ? request->origin : request->entry;
	const struct field *field = entry->route->body;
	json_t *shown scoped(scoped_json) = json_copy(request->body);

	for (; field && field->name; field++) {
		if (field->secret)
			json_object_del(shown, field->name);
	}
	return json_dumps(shown, JSON_COMPACT | JSON_SORT_KEYS);
}

/* SHA-256 of method, path, query and body: equal requests have equal hashes. */
static const char *reserved_hash(struct request *request)
{
	char *body scoped(scoped_free) = NULL;
	char *query scoped(scoped_free) = NULL;
	struct buf text = { 0 };
	char *hash;

	if (request->request_hash)
		return request->request_hash;
	buf_addf(&text, "%s %s\n", method_name(request->method), request->path);
	if (json_object_size(request->query) > 0) {
		query = json_dumps(request->query, JSON_COMPACT | JSON_SORT_KEYS);
		buf_addf(&text, "%s\n", query);
	}
	if (request->body) {
		body = body_canonical(request);
		buf_adds(&text, body);
	} else {
		buf_add(&text, request->raw.data, request->raw.len);
	}
	hash = arena_alloc(&request->arena, HASH_HEX_SIZE);
	hash_sha256_hex(text.data, text.len, hash);
	buf_free(&text);
	request->request_hash = hash;
	return hash;
}

static const char *reserved_if_match(struct request *request)
{
	return request->if_match;
}

static const char *reserved_prefer_wait(struct request *request)
{
	return waiters_preference(request);
}

static const struct {
	const char *name;
	unsigned int oid;
	const char *(*value)(struct request *request);
} reserved[] = {
	{ "subject", 25, reserved_subject },         { "scopes", 1009, reserved_scopes },
	{ "request_id", 25, reserved_request_id },   { "route", 25, reserved_route },
	{ "idempotency_key", 25, reserved_key },     { "request_hash", 25, reserved_hash },
	{ "new_id", 25, reserved_new_id },           { "if_match", 20, reserved_if_match },
	{ "prefer_wait", 25, reserved_prefer_wait },
};

int reserved_find(const char *name)
{
	for (size_t i = 0; i < array_size(reserved); i++) {
		if (str_eq(reserved[i].name, name))
			return (int)i;
	}
	return -1;
}

unsigned int reserved_type_oid(int index)
{
	return reserved[index].oid;
}

const char *request_reserved(struct request *request, const char *name)
{
	int index = reserved_find(name);

	return index < 0 ? NULL : reserved[index].value(request);
}

static const char *json_value_text(struct request *request, const json_t *value)
{
	char *text;
	const char *copy;

	switch (value ? json_typeof(value) : JSON_NULL) {
	case JSON_NULL:
		return NULL;
	case JSON_STRING:
		return json_string_value(value);
	case JSON_TRUE:
		return "true";
	case JSON_FALSE:
		return "false";
	default:
		text = json_text(value);
		copy = arena_strdup(&request->arena, text);
		free(text);
		return copy;
	}
}

const char *request_value(struct request *request, const struct route_entry *entry, int param)
{
	const struct param_source *source = &entry->sources[param];

	switch (source->kind) {
	case FROM_PATH:
		return request->params[source->index];
	case FROM_QUERY:
		return json_value_text(request,
				       json_object_get(request->query, source->field->name));
	case FROM_BODY:
		return json_value_text(request,
				       json_object_get(request->body, source->field->name));
	case FROM_WHOLE_BODY:
		return json_value_text(request, request->body);
	case FROM_RESERVED:
		return reserved[source->index].value(request);
	}
	return NULL;
}

struct service *request_service(const struct request *request)
{
	return request->http->config.service;
}
