/*
 * The connection to NATS that everything of a process shares: endless reconnects, one delivery
 * thread, opened after privileges are dropped. While it is away nothing fails, things wait.
 *
 * libnats gives a connection up for good after the second refusal of its credentials; the bus then
 * opens a new one, with the password read again, and repeats its subscriptions. That is why no
 * natsConnection leaves this file.
 */
#ifndef ECOM_LIB_EVENTS_BUS_H
#define ECOM_LIB_EVENTS_BUS_H

#include <stdbool.h>
#include <stddef.h>

#include <nats/nats.h>

#include "lib/base/options.h"

struct bus;
struct bus_subscription;

extern const struct option bus_options[]; /* nats_url, nats_user, nats_password_file */

/* Never NULL; connects in the background (waits at most a second for the first try). */
struct bus *bus_open(const struct options *options, const char *name);

/* Ends the subscriptions that are left. */
void bus_close(struct bus *bus);

/* The calls below may be made by any thread. */
bool bus_is_connected(struct bus *bus);

/* Core NATS, at most once. False while NATS is away: nothing is kept for later. */
bool bus_publish(struct bus *bus, const char *subject, const char *text);

/* A new subject that only we may subscribe to: _INBOX.<nats_user>.<random>. The caller frees. */
char *bus_inbox(const struct bus *bus);

/* The same for all instances of the service: _INBOX.<nats_user>.<name>. The caller frees. */
char *bus_inbox_of(const struct bus *bus, const char *name);

/* On the delivery thread: be short, touch nothing of the loop. reply may be NULL; data is not
 * terminated. */
typedef void bus_fn(void *arg, const char *subject, const char *reply, const char *data,
		    size_t len);

/* Lasts over any loss of the connection. After bus_unsubscribe() has returned fn is not running
 * and will not be called again. */
struct bus_subscription *bus_subscribe(struct bus *bus, const char *subject, bus_fn *fn, void *arg);
void bus_unsubscribe(struct bus_subscription *subscription);

/* A JetStream context on the present connection, or NULL while NATS is away. The caller destroys
 * it, and asks for another one when it stops working. options may be NULL. */
jsCtx *bus_jetstream(struct bus *bus, jsOptions *options);

#endif
