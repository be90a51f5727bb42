/*
 * Calls to other services: through the gateway's internal frontend, with the daemon's own token for
 * audience "internal" (client credentials, RFC 6749 section 4.4), fetched from userd's direct
 * listener when first needed, renewed before it expires and after a 401. Balancing, health and
 * retries are the gateway's. Blocking, for workers and tasks; any thread.
 */
#ifndef ECOM_LIB_DAEMON_PEERS_H
#define ECOM_LIB_DAEMON_PEERS_H

#include <jansson.h>

#include "lib/base/options.h"
#include "lib/http/route.h"

struct peers;
struct service;

extern const struct option peers_options[]; /* internal_url, client_secret_file, peer_timeout */

struct peer_answer {
	int status;    /* 0: no answer: whether it happened is unknown */
	json_t *body;  /* NULL when it is no JSON */
	char why[160]; /* for job_reason() and logs when status is not 2xx: code and title, or why
			* there is no answer */
};

struct peers *peers_open(struct service *service);
void peers_close(struct peers *peers);

/* One call; body may be NULL. `path` has no untrusted parts but ids (UUIDs). */
void peers_call(struct peers *peers, enum method method, const char *path, const json_t *body,
		struct peer_answer *answer);

/* Several at once, for reads that do not need each other. */
struct peer_call {
	enum method method;
	const char *path;
	const json_t *body;
	struct peer_answer answer;
};
void peers_call_all(struct peers *peers, struct peer_call *calls, size_t count);

void peer_answer_done(struct peer_answer *answer);

#endif
