/*
 * HTTP exchanges over libcurl, several at a time on kept-alive connections.
 *
 * libcurl and what it drags in take 5 ms to load, so it is loaded by the first http_open() and
 * not when the program starts. Only http.c knows it.
 */
#ifndef ECOM_LIB_CLIENT_HTTP_H
#define ECOM_LIB_CLIENT_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"

#define HTTP_ERROR_SIZE 256

struct http;
struct http_transfer;

struct http_request {
	const char *method;
	const char *url;
	const char *unix_socket;    /* path; NULL: connect to the host of the URL */
	const char *const *headers; /* "Name: value", ends with NULL */
	const void *data;           /* lives until the transfer is finished; NULL: no body */
	size_t len;
	int64_t timeout_ms; /* for the whole exchange */
	size_t body_max;    /* bytes of an answer; a longer one breaks the exchange */
};

enum http_result {
	HTTP_DONE,       /* an answer came, whatever its status */
	HTTP_NOT_SENT,   /* no connection: the server has seen nothing */
	HTTP_BROKEN,     /* the connection broke: the server may have acted */
	HTTP_TIMED_OUT,  /* the server may have acted */
	HTTP_IMPOSSIBLE, /* bad URL, TLS refused, answer too long: trying again does not help */
};

struct http_response {
	enum http_result result;
	int status;
	struct buf headers; /* of the final answer, each line with its CRLF */
	struct buf body;
	int64_t elapsed_ms;
	char error[HTTP_ERROR_SIZE]; /* unless HTTP_DONE: one line */
};

/* NULL when libcurl is missing: *error is one line, the caller frees. */
struct http *http_open(char **error);
void http_close(struct http *http);

/* The URL's host is this machine by its name or address: no proxy, and nobody listens between. */
bool http_is_loopback(const char *url);

/* Sends; headers and URL are copied. */
struct http_transfer *http_start(struct http *http, const struct http_request *request);

/* Moves all transfers on without waiting. */
void http_move(struct http *http);

/* Waits for the transfer and frees it. Fills *out in any case; http_response_free(). */
void http_finish(struct http_transfer *transfer, struct http_response *out);
void http_response_free(struct http_response *response);

#endif
