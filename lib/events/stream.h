/* JetStream streams: one per service, with its events of the last days. */
#ifndef ECOM_LIB_EVENTS_STREAM_H
#define ECOM_LIB_EVENTS_STREAM_H

#include <stdbool.h>

#include <nats/nats.h>

/* Creates the stream `name` ("CATALOG") for the subjects "catalog.>" when it is missing. Blocks. */
bool stream_ensure(jsCtx *js, const char *name);

#endif
