/* A request: what came in, who asks, and the answer as it is being put together. */
#ifndef ECOM_LIB_HTTP_REQUEST_H
#define ECOM_LIB_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "lib/auth/identity.h"
#include "lib/base/arena.h"
#include "lib/http/route.h"

struct service;

/* All strings live as long as the request. */
const struct route *request_route(const struct request *request);
struct service *request_service(const struct request *request);
struct arena *request_arena(struct request *request);
enum frontend request_frontend(const struct request *request);
const char *request_id(const struct request *request);

/* A part of the path by its name, decoded. The name must be in the route's path. */
const char *request_param(const struct request *request, const char *name);

/* The checked objects; an empty object when the route has no such rules. Borrowed. */
const json_t *request_query(const struct request *request);
const json_t *request_body(const struct request *request);

/* The body as it came, for .ndjson and .raw routes. */
const char *request_raw_body(const struct request *request, size_t *len);

/* In a .supply task: the body of the row that called for it, JSON text or NULL. */
const char *request_missing(const struct request *request);

/* A header's value, or NULL. */
const char *request_header(const struct request *request, const char *name);

/* Who asks; NULL for an anonymous caller. */
const struct identity *request_identity(const struct request *request);

/* The names of a statement's reserved parameters (:subject, :new_id, :request_hash, ...) as text,
 * for tasks that run statements themselves. NULL for an unknown name or SQL NULL. */
const char *request_reserved(struct request *request, const char *name);

#endif
