/*
 * The JetStream side of a consumer: a durable consumer that delivers to one of the instances at a
 * time (a queue group), made when it is missing. One thread's. Any failure but an empty stream
 * means: close it and open a new one.
 *
 * Delivered and not pulled: a pull costs a request and two answers per batch, and a fetch of
 * libnats 3.4 that does not wait for a full batch was seen to write past its list.
 */
#ifndef ECOM_LIB_EVENTS_SUBSCRIPTION_H
#define ECOM_LIB_EVENTS_SUBSCRIPTION_H

#include <stdbool.h>
#include <stdint.h>

#include <nats/nats.h>

struct bus;
struct subscription;

/* The stream is the subject's first word in capitals; `unacked`: so many events may be delivered and not
 * acknowledged, over all instances. NULL while NATS is away or there is no such stream yet; *why says it
 * (a constant). */
struct subscription *subscription_open(struct bus *bus, const char *durable, const char *subject,
				       int unacked, const char **why);
void subscription_close(struct subscription *subscription); /* NULL is fine */

enum fetched { FETCHED, NOTHING, LOST };

/* Waits up to wait_ms for a first message, and takes along what is there then, up to `most` in all,
 * or to a few MiB. The caller acknowledges and destroys the list. */
enum fetched subscription_fetch(struct subscription *subscription, int most, int wait_ms,
				natsMsgList *list);

/* Adds what has come since to a list of subscription_fetch() with room for `most`. Waits for nothing. */
void subscription_more(struct subscription *subscription, int most, natsMsgList *list);

/* Events that are not acknowledged; -1: the consumer is gone, or NATS is away. */
int64_t subscription_pending(struct subscription *subscription);

#endif
