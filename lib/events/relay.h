/*
 * The outbox relay: publishes the rows of `outbox` to JetStream in order of their ids, with the
 * row's id as Nats-Msg-Id, and marks them sent after the acknowledgement. The row stays the truth
 * for 7 days. One relay per database works at a time: an advisory lock decides. Own thread, own
 * blocking session; survives any loss of NATS or PostgreSQL.
 */
#ifndef ECOM_LIB_EVENTS_RELAY_H
#define ECOM_LIB_EVENTS_RELAY_H

#include <stdint.h>

struct relay;
struct bus;

/* stream: "CATALOG"; its subjects are "catalog.>". Creates the stream when it is missing. */
struct relay *relay_start(struct bus *bus, const char *database_url, const char *stream);
void relay_stop(struct relay *relay);

/* After a commit that wrote events: coalesced; the relay also looks every 200 ms. Any thread. */
void relay_wake(struct relay *relay);

/* For /metrics: rows published since start; of all instances the unsent rows (at most 100000), and
 * the age of the oldest one (0: none), as they were a moment ago. */
uint64_t relay_sent(const struct relay *relay);
int64_t relay_unsent(const struct relay *relay);
double relay_lag_seconds(const struct relay *relay);

#endif
