/*
 * A route is a row: what it answers to, who may call it where, and the one statement, task or
 * handler that answers. The table is checked and bound to its statements at start-up.
 */
#ifndef ECOM_LIB_HTTP_ROUTE_H
#define ECOM_LIB_HTTP_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/db/pool.h"
#include "lib/db/statement.h"
#include "lib/http/rules.h"

struct request;
struct session;

enum method { GET = 1, POST, PUT, PATCH, DELETE, METHODS };

/* Where a route can be reached: bits of .on. */
enum frontend {
	SHOP = 1,     /* the gateway's shop API */
	ADMIN = 2,    /* the gateway's admin API */
	INTERNAL = 4, /* the gateway's internal frontend: tokens with aud "internal" only */
	DIRECT = 8,   /* the daemon's own second listener, for health, metrics and keys */
	LOCAL = 16,   /* admind's Unix socket: the caller is the machine's owner */
};

/* A blocking function on a small thread pool; answers through lib/http/respond.h. */
typedef void task_fn(struct request *request, struct session *db);
/* A function on the loop's thread: must not block. */
typedef void handler_fn(struct request *request);

enum key_rule { KEY_OPTIONAL, KEY_REQUIRED };

#define ROUTE_PARAMS_MAX 4

struct route {
	enum method method;
	const char *path;            /* /v1/products/{sku} */
	const struct statement *sql; /* exactly one of sql, task and handler */
	unsigned int on;             /* bits of enum frontend; the same path may have another row on
				      * other ones */
	const char *scope;           /* the token's scope that is needed, or NULL */
	bool token;                  /* a valid token is needed, whatever its scopes */
	const struct field *query, *body;
	bool form;   /* the body may also be application/x-www-form-urlencoded */
	bool ndjson; /* the body is application/x-ndjson, raw, for a task: request_raw_body() */
	bool raw;    /* the body is taken as it comes, whatever its type (webhooks), as .ndjson */
	size_t body_max; /* bytes; 0: the server's limit */
	bool if_match;   /* needs If-Match; :if_match is the version */
	bool etag;       /* answers with an ETag and If-None-Match's 304 */
	enum key_rule key;
	int ok;           /* status of success; 0: 200 */
	const char *type; /* of what a task answers, for OpenAPI; NULL: application/json */
	int cache;       /* seconds that an answer to an anonymous GET may be kept by the gateway */
	enum db_kind db; /* 0: by method */
	task_fn *task;
	handler_fn *handler;
	/* Something from another service that the statement needs may be missing: it answers with
	 * status 424, this task fetches it, and the statement runs once more. With .sql only. */
	task_fn *supply;
	/* For requests with `Prefer: wait=N` (RFC 7240; at most 30 seconds): after its own statement the
	 * request is held until this one, which takes :ids (text[], the last segments of the
	 * Locations of all that wait), answers its id; then, or when the time is up, its Location
	 * is read and answered, as for a repeated key. It runs after each local commit, and at
	 * least every 100 ms. */
	const struct statement *wait;
	const char *summary; /* one line for OpenAPI */
};

const char *method_name(enum method method);
enum method method_parse(const char *name); /* 0: unknown */

struct route_table;

/*
 * Checks the tables (each ends with an all-zero row) and resolves the parameters of their
 * statements. NULL with *error (the caller frees) naming the row that is wrong: no .on, two
 * statements, a parameter with two sources or none, a path twice on a frontend.
 */
struct route_table *route_table_make(const struct route *const *tables, char **error);
void route_table_free(struct route_table *table);

/* A route bound to its statement. */
struct route_entry;

struct route_match {
	const struct route_entry *entry; /* NULL: no such path, or not with this method */
	unsigned int methods;            /* bits 1 << method that the path has on this frontend */
	const char *params[ROUTE_PARAMS_MAX]; /* into `path`, not terminated, still escaped */
	size_t lengths[ROUTE_PARAMS_MAX];
};

bool route_find(const struct route_table *table, enum frontend frontend, enum method method,
		const char *path, struct route_match *match);

#endif
