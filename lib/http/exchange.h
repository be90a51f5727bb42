/* The inside of a request, for lib/http alone; everyone else uses request.h and respond.h. */
#ifndef ECOM_LIB_HTTP_EXCHANGE_H
#define ECOM_LIB_HTTP_EXCHANGE_H

#include <sys/queue.h>

#include <microhttpd.h>

#include "lib/base/buf.h"
#include "lib/base/hash.h"
#include "lib/base/uuid.h"
#include "lib/http/request.h"

#define REPLY_HEADERS_MAX 12
#define BUCKETS           10
#define STATUS_MISSING    424 /* of a row: .supply must fetch something first */

struct http;
struct listener;

enum source_kind { FROM_PATH = 1, FROM_QUERY, FROM_BODY, FROM_WHOLE_BODY, FROM_RESERVED };

/* Where a statement's parameter comes from. */
struct param_source {
	enum source_kind kind;
	int index;                 /* FROM_PATH: which {part}; FROM_RESERVED: which name */
	const struct field *field; /* FROM_QUERY, FROM_BODY */
};

struct route_metrics {
	uint64_t codes[6]; /* by first digit of the status */
	uint64_t buckets[BUCKETS + 1];
	double seconds;
};

/* A route bound to its statement. */
struct route_entry {
	const struct route *route;
	char *name; /* "POST /v1/products": label, and the scope of idempotency keys */
	const char *param_names[ROUTE_PARAMS_MAX];
	size_t param_lengths[ROUTE_PARAMS_MAX];
	int nparams;
	struct db_statement statement;
	struct db_statement wait_statement; /* with route->wait */
	struct param_source sources[STATEMENT_PARAMS_MAX];
	bool writes_key; /* the statement or task takes :idempotency_key */
	struct route_metrics *metrics;
	bool is_variant; /* of a row before it, for another frontend: they share their metrics */
};

struct route_table {
	struct route_entry *entries;
	size_t count;
};

struct reply {
	int status; /* 0: none yet */
	const char *type;
	const void *data;
	size_t len;
	void (*release)(void *arg); /* frees `owner` once sent; NULL: nothing to free */
	void *owner;
	struct {
		const char *name, *value;
	} headers[REPLY_HEADERS_MAX];
	int nheaders;
	bool replay;  /* the idempotency key was used before: answer with its result instead */
	int delay_ms; /* to hold it before it is sent */
};

struct request {
	struct http *http;
	struct listener *listener;
	struct MHD_Connection *connection;
	struct arena arena;
	enum frontend frontend;
	enum method method;
	const char *path; /* as it came, still escaped */
	const char *id;
	int64_t started_us;
	int64_t queued_ms; /* for a task */
	bool admitted;     /* gateway, route and caller are in order: the rest is worth reading */
	bool dispatched;   /* all of it is there, and it is on its way */
	bool suspended, too_large;
	const struct route_entry *entry;  /* what answers */
	const struct route_entry *origin; /* what was asked, when `entry` reads its Location */
	const char *location;             /* that */
	bool replayed;                    /* its key was used before */
	bool supplying, was_supplied;     /* its .supply is running; has run */
	const char *missing;              /* body of the row that called for it */
	bool prefer_known, was_held;
	const char *prefer_wait, *held_id;
	int64_t held_until_ms;
	TAILQ_ENTRY(request) held;
	const char *params[ROUTE_PARAMS_MAX];
	struct buf raw;
	json_t *query, *body;
	const struct identity *identity; /* NULL: anonymous */
	const char *if_match, *idempotency_key, *request_hash, *subject, *new_id;
	const char **values;
	struct db_query db;
	struct reply reply;
	STAILQ_ENTRY(request) link;
};

/* request.c */
struct request *request_new(struct http *http, struct listener *listener,
			    struct MHD_Connection *connection, enum method method,
			    const char *path);
void request_free(struct request *request);
bool request_take_params(struct request *request, const struct route_match *match);
const char *request_value(struct request *request, const struct route_entry *entry, int param);
int reserved_find(const char *name); /* -1: not a reserved name */
unsigned int reserved_type_oid(int reserved);

/* check.c, check_caller.c, check_input.c: each sends a problem and answers false when the request may not go on. */
bool check_gateway(struct request *request);
bool check_route(struct request *request);
bool check_caller(struct request *request);
bool check_input(struct request *request);
bool check_conditions(struct request *request);
/* check_cards.c: the same, where the daemon refuses card numbers. */
bool check_cards(struct request *request, const struct field *fields, const json_t *object);
bool check_cards_text(struct request *request, const char *text); /* text may be NULL */

/* dispatch.c */
void dispatch_begin(struct request *request);  /* the headers are there */
void dispatch(struct request *request);        /* all of the request is there */
void dispatch_finish(struct request *request); /* request->reply is there */

void statement_run(struct request *request); /* of request->entry */

/* location.c */
bool replay_start(struct request *request);  /* false: it has its answer, a problem */
bool location_hold(struct request *request); /* the answer has a Location that somebody waits for */
void location_read(struct request *request); /* answers origin with what its Location shows */

/* server.c */
const struct db_statement *http_replay_statement(void); /* bound once, at http_new() */
void request_suspend(struct request *request);
void request_send(struct request *request); /* sends the reply and resumes; frees nothing */

/* problem.c */
void reply_clear(struct reply *reply);

#endif
