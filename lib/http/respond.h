/*
 * Answering. The same calls serve handlers on the loop, tasks on their threads and the library:
 * they put the answer together; the loop sends it when the handler, task or statement is done.
 */
#ifndef ECOM_LIB_HTTP_RESPOND_H
#define ECOM_LIB_HTTP_RESPOND_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>
#include <libpq-fe.h>

struct request;

/* Takes the reference of body. */
void respond_json(struct request *request, int status, json_t *body);

/* Takes the malloc'ed text. `type` is a constant. */
void respond_text(struct request *request, int status, const char *type, char *text, size_t len);

/*
 * Malloc'ed bytes that people keep as a file, which it takes; 200. Whatever is not a letter, a digit, '.',
 * '-' or '_' in the proposed name (RFC 6266) becomes '_'.
 */
void respond_file(struct request *request, const char *type, const char *name, void *data,
		  size_t len);

/* Adds the ETag (without quotes). True: the route has .etag and the caller knows this one already, the
 * answer is 304, and there is nothing more to do. */
bool respond_etag(struct request *request, const char *etag);

/* The data outlives the server. */
void respond_static(struct request *request, int status, const char *type, const char *data,
		    size_t len);

void respond_empty(struct request *request, int status);

/*
 * The columns body, status, etag, location, link and delay_ms (the answer is held that long, at most
 * a minute) of the first row; no row is 404, and the body of a status from 400 on becomes a problem
 * document. Takes result.
 */
void respond_row(struct request *request, PGresult *result);

/* Adds a header to the answer; name is a constant, value is copied. */
void respond_header(struct request *request, const char *name, const char *value);

#endif
