/* What cartd does by itself. */
#include "daemons/cartd/cartd.h"

#include <inttypes.h>
#include <stdio.h>

#include "daemons/cartd/sql.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/daemon/daemon.h"
#include "lib/db/session.h"

#define EVERY_MS    10000
#define BATCH       "500"
#define BATCHES_MAX 40 /* in one turn, so that the other statements have theirs */

struct service *cartd_service;

bool cartd_start(struct service *service, char **error)
{
	(void)error;
	cartd_service = service;
	return true;
}

/* Statements know the options from a table. */
static bool put_settings(struct session *db)
{
	const struct options *options = cartd_service->options;
	PGresult *put scoped(scoped_result) = NULL;
	char abandon[24], expire[24];

	snprintf(abandon, sizeof(abandon), "%" PRId64, options_int(options, "abandon_after"));
	snprintf(expire, sizeof(expire), "%" PRId64, options_int(options, "expire_after"));
	put = session_query(db, SQL(put_settings), "abandon_ms", abandon, "expire_ms", expire,
			    "hold", options_bool(options, "hold") ? "true" : "false");
	return session_ok(put);
}

/* Batch by batch, so that no lock is held for long; each takes :batch and answers a count. */
static bool sweep(struct session *db, const struct statement *statement)
{
	int64_t count = 1;

	for (int i = 0; count > 0 && i < BATCHES_MAX; i++) {
		PGresult *swept scoped(scoped_result) = session_query(db, statement, "batch",
								      BATCH);

		if (!session_ok(swept) ||
		    !str_to_int(row_get(swept, "count"), 0, INT32_MAX, &count))
			return false;
		if (count > 0)
			service_wake(cartd_service);
	}
	return true;
}

static enum job_result housekeeping(struct session *db, const struct job *job)
{
	const struct statement *const sweeps[] = { SQL(abandon_carts), SQL(expire_carts) };

	(void)job;
	if (!put_settings(db)) {
		job_reason("the settings could not be written");
		return JOB_RETRY;
	}
	for (size_t i = 0; i < array_size(sweeps); i++) {
		if (!sweep(db, sweeps[i])) {
			job_reason("%s failed", sweeps[i]->name);
			return JOB_RETRY;
		}
	}
	return JOB_DONE;
}

const struct worker cartd_workers[] = {
	{ "housekeeping", .work = housekeeping, .every_ms = EVERY_MS },
	{ "hold", .work = hold_cart },
	{ 0 },
};
