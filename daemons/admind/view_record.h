/* A unit as JSON, from its record and /proc: what the engine and `ecomctl status` both show. */
#ifndef ECOM_DAEMONS_ADMIND_VIEW_RECORD_H
#define ECOM_DAEMONS_ADMIND_VIEW_RECORD_H

#include <jansson.h>

#include "daemons/admind/record.h"

/* New reference. `state` is a word such as "ready"; pid, uptime and memory are null without a
 * process. */
json_t *view_record(const struct record *record, const char *state);

/* {"shop": "http://127.0.0.1:8080", "admin": …, "internal": …}; NULL member values for port 0. */
json_t *view_ports(int port);

/* The status as it can be told without an engine: what still runs is "unsupervised". */
json_t *view_offline(const struct state *state);

#endif
