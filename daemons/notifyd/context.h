/*
 * The data that a template is rendered from: which facts it needs, how they are put together, and to
 * whom it goes. docs/notifications.md has the members.
 */
#ifndef ECOM_DAEMONS_NOTIFYD_CONTEXT_H
#define ECOM_DAEMONS_NOTIFYD_CONTEXT_H

#include <jansson.h>

#include "daemons/notifyd/facts.h"

enum context_result {
	CONTEXT_MADE,
	CONTEXT_UNAVAILABLE, /* a service did not answer: later */
	CONTEXT_UNKNOWN,     /* what it is about does not exist */
	CONTEXT_EXPIRED,     /* its link has been used, replaced, or has ended */
};

/* Adds what a notification with these refs needs to the questions. */
void context_want(struct facts *facts, const char *template, const json_t *refs);

/* *out is a new reference when it is made, untouched else. The member `link` of it is secret. */
enum context_result context_make(const struct facts *facts, const char *template,
				 const json_t *refs, json_t **out);

/* Borrowed from the context; NULL: there is none. */
const char *context_recipient(const char *template, const json_t *context);
const char *context_locale(const json_t *context);

/* The way to a page of the shop. The caller frees. */
char *context_url(const json_t *shop, const char *path);

#endif
