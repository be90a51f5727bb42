/* What paymentd does by itself. */
#include "daemons/paymentd/paymentd.h"

#include <stdio.h>

#include "daemons/paymentd/operations.h"
#include "daemons/paymentd/provider.h"
#include "daemons/paymentd/sandbox/sandbox.h"
#include "daemons/paymentd/sql.h"
#include "lib/daemon/daemon.h"
#include "lib/db/session.h"

#define SETTINGS_EVERY_MS (60 * 1000)
#define HOLDS_EVERY_MS    1000
#define SANDBOX_EVERY_MS  100
#define LEASE_MS          15000 /* how long a killed instance's calls wait for another */

/* Options and capabilities go to where the SQL functions read them. */
static enum job_result settings(struct session *db, const struct job *job)
{
	PGresult *stored scoped(scoped_result) = NULL;
	char limit[24];

	(void)job;
	snprintf(limit, sizeof(limit), "%lld",
		 (long long)options_int(paymentd_service->options, "refund_limit"));
	stored = session_query(db, SQL(put_refund_limit), "amount", limit);
	if (session_ok(stored) && providers_store(db))
		return JOB_DONE;
	job_reason("the settings could not be stored");
	return JOB_RETRY;
}

/* Holds that are about to end are renewed where the provider can, and told of where it cannot; one
 * that has ended is asked about. */
static enum job_result holds(struct session *db, const struct job *job)
{
	PGresult *kept scoped(scoped_result) = session_query(db, SQL(keep_holds));

	(void)job;
	if (!session_ok(kept)) {
		job_reason("%s", PQresultErrorMessage(kept));
		return JOB_RETRY;
	}
	if (PQntuples(kept) > 0)
		service_wake(paymentd_service);
	return JOB_DONE;
}

const struct worker paymentd_workers[] = {
	{ "settings", .work = settings, .every_ms = SETTINGS_EVERY_MS },
	{ "holds", .work = holds, .every_ms = HOLDS_EVERY_MS },
	{ "sandbox-clock", .work = sandbox_tick, .every_ms = SANDBOX_EVERY_MS },
	{ 0 },
};

const struct outbound paymentd_outbound[] = {
	{ "payments", SQL(claim_operations), operations_build, operations_settle, .in_flight = 128,
	  .timeout_ms = 10000, .lease_ms = LEASE_MS },
	{ "sandbox-webhooks", SQL(sandbox_claim_webhooks), sandbox_webhook_build,
	  sandbox_webhook_settle, .in_flight = 16, .timeout_ms = 5000, .lease_ms = LEASE_MS },
	{ 0 },
};
