/* What a task asks of another service for a request. */
#ifndef ECOM_LIB_DAEMON_FETCH_H
#define ECOM_LIB_DAEMON_FETCH_H

#include <jansson.h>

#include "lib/base/mem.h"

struct request;

/*
 * The `data` of the answer to POST of {name: list} to a batch endpoint; a new reference. NULL: the
 * request was answered with 503, `who` does not answer.
 */
json_t *peers_fetch(struct request *request, const char *path, const char *name, json_t *list,
		    const char *who) must_check;

#endif
