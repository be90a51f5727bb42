/* The options of webhooks. */
#include "daemons/notifyd/webhook_work.h"

#include <inttypes.h>
#include <stdio.h>

#include "daemons/notifyd/notifyd.h"
#include "daemons/notifyd/sql.h"
#include "daemons/notifyd/webhook_address.h"
#include "lib/base/buf.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/daemon/daemon.h"
#include "lib/db/session.h"

#define RETRIES_MAX  50
#define RETRY_MS_MAX (7 * INT64_C(24) * 60 * 60 * 1000)

/* "{5000,30000}", as PostgreSQL writes arrays; NULL: one of them is no time. */
static char *retries_text(const struct options *options)
{
	const char *const *retries = options_list(options, "webhook_retries");
	struct buf out = BUF_INIT(0);
	size_t count = 0;
	int64_t ms;

	buf_addc(&out, '{');
	for (; retries && retries[count]; count++) {
		if (count == RETRIES_MAX || !str_to_ms(retries[count], &ms) || ms < 1 ||
		    ms > RETRY_MS_MAX) {
			buf_free(&out);
			return NULL;
		}
		buf_addf(&out, "%s%" PRId64, count ? "," : "", ms);
	}
	buf_addc(&out, '}');
	if (count == 0) {
		buf_free(&out);
		return NULL;
	}
	return buf_steal(&out);
}

bool webhook_open(const struct options *options, char **error)
{
	char *retries scoped(scoped_free) = retries_text(options);

	if (!retries) {
		*error = xasprintf("webhook_retries: up to %d times such as 30s or 2h",
				   RETRIES_MAX);
		return false;
	}
	return webhook_address_open(options_list(options, "webhook_allow"), error);
}

static const char *number(char text[24], const char *option)
{
	snprintf(text, 24, "%" PRId64, options_int(notifyd_service->options, option));
	return text;
}

enum job_result webhook_put_setting(struct session *db, const struct job *job)
{
	char *retries scoped(scoped_free) = retries_text(notifyd_service->options);
	char in_flight[24], timeout[24], disable[24], keep[24];
	PGresult *stored scoped(scoped_result) = session_query(
		db, SQL(webhook_put_setting), "in_flight", number(in_flight, "webhook_in_flight"),
		"timeout_ms", number(timeout, "webhook_timeout"), "retries_ms", retries,
		"disable_ms", number(disable, "webhook_disable_after"), "keep_ms",
		number(keep, "webhook_keep"));

	(void)job;
	if (session_ok(stored))
		return JOB_DONE;
	job_reason("the settings of webhooks could not be stored");
	return JOB_RETRY;
}
