/* What every daemon tells Prometheus of itself: version, database pools, outbox. */
#ifndef ECOM_LIB_DAEMON_SERVICE_METRICS_H
#define ECOM_LIB_DAEMON_SERVICE_METRICS_H

struct buf;

/* A metrics_fn of lib/http/metrics.h; arg is the struct service. */
void service_metrics(struct buf *out, void *arg);

#endif
