/* What an exchange came to, for the client library itself. */
#ifndef ECOM_LIB_CLIENT_ANSWER_H
#define ECOM_LIB_CLIENT_ANSWER_H

#include "lib/client/api.h"
#include "lib/client/http.h"

/* Fills *answer from a response and takes its body and headers. `url` is for the messages. */
void answer_take(struct api_answer *answer, struct http_response *response, const char *url);

/* Makes *answer this failure; what it held is freed. */
void answer_fail(struct api_answer *answer, enum api_failure failure, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A response header's value, freed by the caller; NULL when it is not there. */
char *answer_header(const char *headers, const char *name);

#endif
