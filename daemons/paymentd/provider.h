/*
 * A provider is a row: what it can do, and short functions that make requests from operations and
 * read answers and webhooks into events. None of them blocks, keeps state or decides anything: the
 * queue, repeating, the amounts and the ledger are the same for all of them. A new provider is a
 * row in providers.c and a folder.
 *
 * Money is in minor units of the operation's currency.
 */
#ifndef ECOM_DAEMONS_PAYMENTD_PROVIDER_H
#define ECOM_DAEMONS_PAYMENTD_PROVIDER_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "lib/queue/outbound.h"

struct request;
struct service;
struct session;

enum operation_kind { AUTHORIZE, CAPTURE, VOID, REFUND, RENEW, QUERY, OPERATION_KINDS };

/* What is to be asked; strings may be NULL except id, payment, order, provider and currency. */
struct operation {
	const char *id; /* the idempotency key of its calls, the same for each attempt */
	enum operation_kind kind;
	int attempt;   /* 1 at the first */
	int64_t age_s; /* since it was made: keys of providers live for hours or days */
	int64_t amount;
	bool final;            /* of a capture: no other one follows, release the rest */
	const char *reference; /* the provider's name for what it made, once known */
	const char *memo;      /* what read() left there at the last answer */
	const char *payment, *order, *number, *provider, *currency, *token;
	const char *payment_reference; /* the provider's name for the authorisation */
	bool is_cancelled;             /* the payment is not wanted any more */
	int64_t deadline_s;            /* until which an authorisation is of use; 0: none */
};

enum outcome {
	OUTCOME_UNKNOWN, /* ask again with the same key */
	OUTCOME_PENDING, /* the provider has it: query it later, or a webhook tells */
	OUTCOME_SUCCEEDED,
	OUTCOME_FAILED, /* definitely: it has not happened and will not */
};

/* What an answer says. Strings and JSON are borrowed from the answer's body or are constants. */
struct provider_answer {
	enum outcome outcome;
	/* The event: authorized declined action_required captured capture_failed voided void_failed
	 * expired renewed refunded refund_failed; NULL: none. */
	const char *event;
	const char *reference, *memo, *reason;
	int64_t amount, fee;
	bool releases;             /* what was not captured is given back */
	const json_t *next_action; /* of action_required: what the customer has to do */
	const char *hold_ends_at;  /* of authorized and renewed: RFC 3339; NULL: after .hold_ms */
	int64_t retry_ms;          /* when to ask again; 0: back-off */
};

enum webhook_verdict { WEBHOOK_TAKEN, WEBHOOK_FORGED, WEBHOOK_MALFORMED, WEBHOOK_UNAVAILABLE };

struct provider {
	const char *name;
	/* Tokens that begin so are its own; NULL: the default provider takes what is nobody's. */
	const char *token_prefix;
	/* The option that says how long its customers have; NULL: as long as was asked for. */
	const char *deadline_option;
	bool multicapture, partial_capture, renews;
	int64_t hold_ms; /* how long an authorisation holds; 0: it does not end */
	int refund_days;

	/* At the start, with the options; NULL: nothing to do. False: *error tells (freed by the
	 * caller). */
	bool (*open)(struct service *service, char **error);

	/* Fills in method, url, headers and body from the call's arena. False: cannot be asked now,
	 * call->why tells; it is repeated like an unknown outcome, unless call->status and
	 * call->answer say the answer. query() asks what became of an
	 * operation with a reference; NULL: request() is repeated. */
	bool (*request)(struct outbound_call *call, const struct operation *operation);
	bool (*query)(struct outbound_call *call, const struct operation *operation);

	/* Reads an answer that is no 401, 403, 409, 429 or 5xx, which leave the outcome unknown. `body`
	 * is NULL when it is no JSON. */
	void (*read)(const struct operation *operation, int status, const json_t *body,
		     struct provider_answer *answer);

	/*
	 * Checks a webhook's signature over the raw body, and appends its events to `events`: objects
	 * with id (unique), kind, reference, and as far as known payment (our id), operation (our
	 * id), parent (the authorisation's reference), amount, releases, fee, currency, reason,
	 * next_action, occurred_at. On a task's thread.
	 */
	enum webhook_verdict (*webhook)(struct request *request, struct session *db,
					json_t *events);
};

extern const struct provider *const providers[]; /* ends with NULL; the first is the default */

const struct provider *provider_find(const char *name); /* NULL: unknown */

/* Opens them all; false with *error (the caller frees). */
bool providers_open(struct service *service, char **error);

/* Writes their capabilities where the SQL functions read them. */
bool providers_store(struct session *db);

#endif
