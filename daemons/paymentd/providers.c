/* The providers. */
#include "daemons/paymentd/provider.h"

#include <stdio.h>

#include "daemons/paymentd/manual/manual.h"
#include "daemons/paymentd/paymentd.h"
#include "daemons/paymentd/sandbox/sandbox.h"
#include "daemons/paymentd/sql.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/daemon/daemon.h"
#include "lib/db/session.h"

const struct provider *const providers[] = { &sandbox_provider, &manual_provider, NULL };

const struct provider *provider_find(const char *name)
{
	for (const struct provider *const *p = providers; name && *p; p++) {
		if (str_eq((*p)->name, name))
			return *p;
	}
	return NULL;
}

bool providers_open(struct service *service, char **error)
{
	const char *chosen = options_str(service->options, "provider");

	if (!provider_find(chosen)) {
		*error = xasprintf("provider: there is no provider \"%s\"", chosen);
		return false;
	}
	for (const struct provider *const *p = providers; *p; p++) {
		if ((*p)->open && !(*p)->open(service, error))
			return false;
	}
	return true;
}

static const char *truth(bool value)
{
	return value ? "true" : "false";
}

static bool store(struct session *db, const struct provider *provider)
{
	bool chosen = str_eq(provider->name, options_str(paymentd_service->options, "provider"));
	PGresult *stored scoped(scoped_result) = NULL;
	char hold[24], days[16], deadline[24];

	snprintf(hold, sizeof(hold), "%lld", (long long)provider->hold_ms);
	snprintf(days, sizeof(days), "%d", provider->refund_days);
	snprintf(deadline, sizeof(deadline), "%lld",
		 provider->deadline_option ? (long long)options_int(paymentd_service->options,
								    provider->deadline_option)
					   : 0LL);
	stored = session_query(db, SQL(put_provider), "name", provider->name, "is_default",
			       truth(chosen), "multicapture", truth(provider->multicapture),
			       "partial_capture", truth(provider->partial_capture), "renews",
			       truth(provider->renews), "hold_ms", hold, "refund_days", days,
			       "token_prefix", provider->token_prefix, "deadline_ms", deadline);
	return session_ok(stored);
}

bool providers_store(struct session *db)
{
	for (const struct provider *const *p = providers; *p; p++) {
		if (!store(db, *p))
			return false;
	}
	return true;
}
