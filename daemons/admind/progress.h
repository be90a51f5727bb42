/*
 * What `ecomctl up` sees of a start: one JSON object per line through a pipe whose number is in
 * ECOM_ADMIND_PROGRESS_FD. Nobody needs to read it: a reader that leaves is forgotten.
 *
 *	{"step": "postgres", "message": "Starting PostgreSQL"}
 *	{"event": "catalogd-1 ended (signal 9); it starts again in 0.2 s"}
 *	{"error": "…", "hint": "…"}          the start failed
 *	{"ready": true, "adopted": 6}
 *
 * The program `backup` tells the same way, to its stdout when admind runs it: steps, and
 *	{"check": "01-stock-ledger", "result": "ok", "violations": 0, "title": "…", "rows": []}
 *	{"done": {"name": …}}
 */
#ifndef ECOM_DAEMONS_ADMIND_PROGRESS_H
#define ECOM_DAEMONS_ADMIND_PROGRESS_H

#include <jansson.h>

#include "daemons/admind/failure.h"

#define PROGRESS_VARIABLE "ECOM_ADMIND_PROGRESS_FD"

void progress_open(void);         /* without the variable: nobody is told */
void progress_open_output(void);  /* to stdout */
void progress_tell(json_t *json); /* any line; takes the reference */
void progress_step(const char *step, const char *message);
void progress_event(const char *format, ...) __attribute__((format(printf, 1, 2))); /* logged too */
void progress_error(const struct failure *failure); /* logged when nobody listens */
void progress_ready(int adopted);

#endif
