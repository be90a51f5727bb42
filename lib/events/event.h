/* An event as it travels: the JSON text that the relay makes of a row of the outbox. */
#ifndef ECOM_LIB_EVENTS_EVENT_H
#define ECOM_LIB_EVENTS_EVENT_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

struct event {
	const char *text; /* of the whole message; not terminated */
	size_t len;
	const char *id; /* "ORDERS-17"; NULL: this is no event */
	const char *subject, *aggregate, *time;
	char version[24];
	json_t *parsed;
};

/* Borrows `text`. False: it is no event (*event is empty, with id NULL). event_done() in either case. */
bool event_parse(struct event *event, const char *text, size_t len);
void event_done(struct event *event);

/* The JSON text of its data; the caller frees. */
char *event_data(const struct event *event);

#endif
