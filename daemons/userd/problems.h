/* The problems of userd that no constraint names. */
#ifndef ECOM_DAEMONS_USERD_PROBLEMS_H
#define ECOM_DAEMONS_USERD_PROBLEMS_H

#include "lib/http/problem.h"

extern const struct problem PROBLEM_INVALID_CREDENTIALS, PROBLEM_TOO_MANY_ATTEMPTS;

/* Errors of RFC 6749 section 5.2: the problem's code is the error's. */
extern const struct problem OAUTH_INVALID_REQUEST, OAUTH_INVALID_CLIENT, OAUTH_INVALID_GRANT,
	OAUTH_UNSUPPORTED_GRANT_TYPE, OAUTH_INVALID_SCOPE, OAUTH_INVALID_TARGET;

/* All of them, ends with NULL. */
extern const struct problem *const userd_problems[];

/* A problem document with the members `error` and `error_description` of an OAuth error. */
void oauth_problem(struct request *request, const struct problem *problem, const char *detail);

#endif
