/* Requests by route, as metrics. */
#include <stdio.h>

#include "lib/http/exchange.h"
#include "lib/http/listener.h"
#include "lib/http/metrics.h"
#include "lib/http/waiters.h"

static const char *const bounds[BUCKETS + 1] = {
	"0.001", "0.002", "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "1", "5", "+Inf",
};

static const char *const classes[] = { "0xx", "1xx", "2xx", "3xx", "4xx", "5xx" };

static void requests_total(struct buf *out, const struct http *http)
{
	const struct route_table *table = http->config.table;

	metrics_family(out, "ecom_http_requests_total", "counter", "Requests answered.");
	for (size_t i = 0; i < table->count; i++) {
		const struct route_entry *entry = &table->entries[i];

		for (int class = 1; class < 6 && !entry->is_variant; class ++) {
			if (entry->metrics->codes[class])
				metrics_sample(out, "ecom_http_requests_total",
					       (double)entry->metrics->codes[class], "route",
					       entry->route->path, "method",
					       method_name(entry->route->method), "code",
					       classes[class]);
		}
	}
	for (int class = 1; class < 6; class ++) {
		if (http->unrouted[class])
			metrics_sample(out, "ecom_http_requests_total",
				       (double)http->unrouted[class], "route", "", "method", "",
				       "code", classes[class]);
	}
}

static void entry_durations(struct buf *out, const struct route_entry *entry)
{
	const char *path = entry->route->path, *method = method_name(entry->route->method);
	double total = 0;

	for (int i = 0; i <= BUCKETS; i++) {
		total += (double)entry->metrics->buckets[i];
		metrics_sample(out, "ecom_http_request_duration_seconds_bucket", total, "route",
			       path, "method", method, "le", bounds[i]);
	}
	metrics_sample(out, "ecom_http_request_duration_seconds_sum", entry->metrics->seconds,
		       "route", path, "method", method);
	metrics_sample(out, "ecom_http_request_duration_seconds_count", total, "route", path,
		       "method", method);
}

static bool was_used(const struct route_entry *entry)
{
	uint64_t any = 0;

	for (int class = 0; class < 6; class ++)
		any |= entry->metrics->codes[class];
	return any != 0;
}

void http_metrics(struct buf *out, void *arg)
{
	const struct http *http = arg;
	const struct route_table *table = http->config.table;

	requests_total(out, http);
	metrics_family(out, "ecom_http_request_duration_seconds", "histogram",
		       "Time from the complete request to its answer.");
	for (size_t i = 0; i < table->count; i++) {
		if (was_used(&table->entries[i]) && !table->entries[i].is_variant)
			entry_durations(out, &table->entries[i]);
	}
	metrics_family(out, "ecom_http_requests_held", "gauge",
		       "Requests with Prefer: wait whose outcome is not there yet.");
	metrics_sample(out, "ecom_http_requests_held", waiters_count(http->waiters));
	metrics_family(out, "ecom_http_requests_active", "gauge", "Requests being worked on.");
	metrics_sample(out, "ecom_http_requests_active", http->active);
}
