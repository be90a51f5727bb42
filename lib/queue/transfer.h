/*
 * One HTTP exchange of a multi handle, for calls from daemons: no proxy, no redirects, http and
 * https only, an answer of limited length.
 */
#ifndef ECOM_LIB_QUEUE_TRANSFER_H
#define ECOM_LIB_QUEUE_TRANSFER_H

#include <stddef.h>

#include <curl/curl.h>

#include "lib/base/buf.h"

struct transfer_request {
	const char *method, *url, *body; /* body NULL: none; kept by the caller until done */
	const char *const *headers;      /* "Name: value", as many as nheaders or until a NULL */
	size_t nheaders;
	long timeout_ms, connect_ms;
	size_t answer_max; /* bytes; a longer one counts as none */
};

/* Zeroed at first; used again and again, so that its handle is made once. */
struct transfer {
	CURL *easy;
	struct curl_slist *headers;
	struct buf *answer;
	char error[CURL_ERROR_SIZE];
};

/* `arg` is what transfer_arg() tells of the handle later. The answer goes to a buf of the caller. */
void transfer_start(struct transfer *transfer, CURLM *multi, const struct transfer_request *request,
		    struct buf *answer, void *arg);
void *transfer_arg(CURL *easy);

/* Takes it out of the multi handle, finished or not. The status; 0 when there was no whole answer,
 * with the reason for people in `why`. */
int transfer_finish(struct transfer *transfer, CURLM *multi, CURLcode code, char *why, size_t size);

void transfer_done(struct transfer *transfer); /* frees the handle */

#endif
