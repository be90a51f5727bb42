/* JetStream streams: one per service, with its events of the last days. */
#ifndef ECOM_LIB_EVENTS_STREAM_H
#define ECOM_LIB_EVENTS_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include <nats/nats.h>

#define STREAM_KEPT_MS (INT64_C(7) * 86400000) /* how long it has an event */

/* Creates the stream `name` ("CATALOG") for the subjects "catalog.>" when it is missing. Blocks. */
bool stream_ensure(jsCtx *js, const char *name);

#endif
