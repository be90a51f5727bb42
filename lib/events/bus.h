/*
 * The connection to NATS that everything of a process shares: endless reconnects, one delivery
 * thread, opened after privileges are dropped. While it is away nothing fails, things wait.
 */
#ifndef ECOM_LIB_EVENTS_BUS_H
#define ECOM_LIB_EVENTS_BUS_H

#include <stdbool.h>

#include <nats/nats.h>

struct bus;
struct options;

extern const struct option bus_options[]; /* nats_url, nats_user, nats_password_file */

/* Never NULL; connects in the background. */
struct bus *bus_open(const struct options *options, const char *name);
void bus_close(struct bus *bus);

/* The connection, NULL before the first connect. Thread-safe. */
natsConnection *bus_connection(struct bus *bus);
bool bus_is_connected(struct bus *bus);

#endif
