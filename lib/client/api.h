/*
 * The API of a shop as a function call: JSON in, JSON or a problem out.
 *
 * Tokens are fetched and refreshed on the way, writes carry an Idempotency-Key, and what is safe
 * to repeat (GET, and writes with the same key) is repeated after a failed connection or 502, 503,
 * 504: at most API_ATTEMPTS in all.
 */
#ifndef ECOM_LIB_CLIENT_API_H
#define ECOM_LIB_CLIENT_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "lib/client/context.h"

#define API_ATTEMPTS   4
#define API_TIMEOUT_MS 30000
#define API_BODY_MAX   (64 << 20) /* bytes of an answer */

struct api;

enum api_target {
	API_SERVER, /* the admin API */
	API_ENGINE, /* admind: its socket in the context's state folder, else the admin API */
	API_SHOP,   /* the shop API */
};

struct api_request {
	const char *method; /* "GET" */
	const char *path;   /* "/v1/products?limit=50", encoded: api_path() */
	enum api_target target;
	const json_t *body; /* borrowed; NULL: see data */
	const void *data;   /* a body that is not JSON, with its type */
	size_t len;
	const char *type;
	const char *key;            /* Idempotency-Key; NULL: a new one for writes */
	int64_t if_match;           /* version; 0: no If-Match */
	const char *const *headers; /* more of them, ends with NULL; may be NULL */
	const char *basic_user;     /* HTTP Basic instead of a token (OAuth clients) */
	const char *basic_password;
	bool anonymous;     /* no token */
	int64_t timeout_ms; /* 0: API_TIMEOUT_MS or what api_set_timeout() said */
};

enum api_failure {
	API_OK,
	API_PROBLEM,      /* the server refused: status >= 400 */
	API_UNREACHABLE,  /* no answer: name, connection, time limit */
	API_LOGIN_NEEDED, /* no credential, or it is no longer valid */
	API_LOCAL,        /* a file of ours, an answer we cannot read, a missing library */
};

/* All strings may be NULL except detail when failure is not API_OK. */
struct api_answer {
	enum api_failure failure;
	int status;   /* HTTP; 0: none came */
	json_t *body; /* parsed when it is JSON, problems too */
	char *text;   /* as it came, NUL-terminated */
	size_t len;
	char *headers; /* as they came, one per line */
	char *etag;
	char *request_id;
	char *code; /* of the problem: stable, "product_sku_taken" */
	char *title;
	char *detail; /* one line for people */
	char *hint;
	bool retryable;      /* the same call may succeed later */
	int64_t retry_after; /* seconds, from the server; 0: not said */
};

/* The context is copied. NULL context->server is fine as long as only API_ENGINE is called. */
struct api *api_open(const struct context *context);
void api_close(struct api *api);

void api_set_timeout(struct api *api, int64_t timeout_ms);

/* Told once per exchange, for -v. */
typedef void api_trace(void *data, const char *method, const char *path, int status, int64_t ms,
		       const char *request_id);
void api_set_trace(struct api *api, api_trace *trace, void *data);

/* True when the answer is a success (2xx). Fills *answer in either case; free it. */
bool api_call(struct api *api, const struct api_request *request, struct api_answer *answer);
void api_answer_free(struct api_answer *answer);

/*
 * The same in two halves, so that several calls are under way at once: start sends, finish waits
 * for this call (and moves the others on). The request's strings and body live until finish.
 */
struct api_pending;
struct api_pending *api_start(struct api *api, const struct api_request *request);
bool api_finish(struct api_pending *pending, struct api_answer *answer);

/* Moves what is under way on, without waiting; for long work between start and finish. */
void api_move(struct api *api);

/*
 * A path from a pattern: "/v1/products/{}" with each {} replaced by the next argument,
 * percent-encoded. The caller frees.
 */
char *api_path(const char *pattern, ...);

/* Adds name=value to a path, percent-encoded, with ? or & as needed; a NULL value adds nothing.
 * Takes and returns malloc'ed text. */
char *api_path_query(char *path, const char *name, const char *value);

/*
 * Page by page: `path` (with its filters, without after and limit) and a page size, then
 * api_pages_next() until it answers NULL: the end, or a failure as pages->answer.failure tells.
 */
struct api_pages {
	struct api *api;
	char *path;
	enum api_target target;
	int page_size;
	char *next; /* the cursor; NULL: the next page is the first */
	bool ended;
	struct api_answer answer; /* the last one */
};
void api_pages_open(struct api_pages *pages, struct api *api, const char *path, int page_size);
const json_t *api_pages_next(struct api_pages *pages); /* the array; valid until the next call */
void api_pages_close(struct api_pages *pages);

#endif
