/* The answer of whoever asked for tokens and gets them (RFC 6749 section 5.1). */
#ifndef ECOM_DAEMONS_USERD_GRANT_H
#define ECOM_DAEMONS_USERD_GRANT_H

struct request;
struct session;

struct grant {
	const char *subject, *audience, *scope;
	const char *session;       /* "" for a client */
	const char *refresh_token; /* NULL: none */
};

void grant_answer(struct request *request, struct session *db, int status,
		  const struct grant *grant);

#endif
