/* Counters and gauges in the Prometheus text format 0.0.4, names with the prefix ecom_. */
#ifndef ECOM_LIB_HTTP_METRICS_H
#define ECOM_LIB_HTTP_METRICS_H

#include <stdint.h>

#include "lib/base/buf.h"

/* `# HELP` and `# TYPE`, before the samples of a metric; type is counter, gauge or histogram. */
void metrics_family(struct buf *out, const char *name, const char *type, const char *help);

/* One sample; labels are name, value pairs that end with NULL. Values of labels are escaped. */
#define metrics_sample(out, name, value, ...)   \
	metrics_sample_labels(out, name, value, \
			      (const char *const[]){ __VA_ARGS__ __VA_OPT__(, ) NULL })
void metrics_sample_labels(struct buf *out, const char *name, double value,
			   const char *const *labels);

/* Whoever has something to tell registers once; called on the loop's thread at each scrape. */
typedef void metrics_fn(struct buf *out, void *arg);
void metrics_register(metrics_fn *fn, void *arg);
void metrics_collect(struct buf *out);

#endif
