/* What every daemon tells Prometheus of itself: version, database pools, outbox. */
#include "lib/daemon/service_metrics.h"

#include "lib/base/mem.h"
#include "lib/daemon/daemon.h"
#include "lib/db/pool.h"
#include "lib/events/relay.h"
#include "lib/http/metrics.h"

static void database_metrics(struct buf *out, const struct db *db)
{
	static const char *const kinds[] = {
		[DB_READ] = "read", [DB_WRITE] = "write", [DB_SLOW] = "slow"
	};
	static const char *const names[] = { "ecom_db_connections",    "ecom_db_in_flight",
					     "ecom_db_queued",         "ecom_db_statements_total",
					     "ecom_db_failures_total", "ecom_db_refusals_total" };
	static const char *const helps[] = { "Connections that are up.",
					     "Statements sent and not answered.",
					     "Statements waiting for a connection.",
					     "Statements sent.",
					     "Statements lost with their connection.",
					     "Statements refused: queue full or database away." };

	for (size_t i = 0; i < array_size(names); i++) {
		metrics_family(out, names[i], i < 3 ? "gauge" : "counter", helps[i]);
		for (int kind = DB_READ; kind < DB_KINDS; kind++) {
			struct db_stats stats;
			double values[array_size(names)];

			db_stats(db, (enum db_kind)kind, &stats);
			values[0] = stats.connections;
			values[1] = stats.in_flight;
			values[2] = stats.queued;
			values[3] = (double)stats.statements;
			values[4] = (double)stats.failures;
			values[5] = (double)stats.refusals;
			metrics_sample(out, names[i], values[i], "pool", kinds[kind]);
		}
	}
}

void service_metrics(struct buf *out, void *arg)
{
	const struct service *service = arg;

	metrics_family(out, "ecom_build_info", "gauge", "1, with the version as label.");
	metrics_sample(out, "ecom_build_info", 1, "version", PACKAGE_VERSION, "service",
		       service->daemon->name);
	if (service->db)
		database_metrics(out, service->db);
	if (service->relay) {
		metrics_family(out, "ecom_outbox_sent_total", "counter", "Events published.");
		metrics_sample(out, "ecom_outbox_sent_total", (double)relay_sent(service->relay));
		metrics_family(out, "ecom_outbox_unsent", "gauge",
			       "Events not published yet; 100000: or more.");
		metrics_sample(out, "ecom_outbox_unsent", (double)relay_unsent(service->relay));
		metrics_family(out, "ecom_outbox_oldest_seconds", "gauge",
			       "Age of the oldest event that is not published yet.");
		metrics_sample(out, "ecom_outbox_oldest_seconds",
			       relay_lag_seconds(service->relay));
	}
	if (service->consumers)
		consumers_metrics(out, service->consumers);
	if (service->outbound)
		outbound_metrics(out, service->outbound);
}
