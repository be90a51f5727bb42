/*
 * Putting a new haproxy.cfg in place: written beside the old one, checked by `haproxy -c`, and only
 * then renamed over it. The loop does not wait for the check.
 */
#ifndef ECOM_DAEMONS_GATEWAYD_PUBLISH_H
#define ECOM_DAEMONS_GATEWAYD_PUBLISH_H

#include <stdbool.h>

struct loop;
struct publisher;

/* error is NULL when the text is in place. */
typedef void publish_fn(void *arg, const char *error);

struct publisher *publisher_new(struct loop *loop, const char *folder, const char *haproxy,
				publish_fn *fn, void *arg);
void publisher_free(struct publisher *publisher);

/* Now, waiting for the check: for the start. False with *error (the caller frees). */
bool publish_now(struct publisher *publisher, const char *text, char **error);

/* Starts; fn is called later. False when one is under way. */
bool publish(struct publisher *publisher, const char *text);
bool publish_is_busy(const struct publisher *publisher);

#endif
