/* Webhooks: checked by the provider's code, added as events, answered 2xx only after the commit. */
#include "daemons/paymentd/webhook.h"

#include "daemons/paymentd/provider.h"
#include "daemons/paymentd/sql.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/daemon/daemon.h"
#include "lib/db/session.h"
#include "lib/http/problem.h"
#include "lib/http/request.h"
#include "lib/http/respond.h"

static const struct problem PROBLEM_WEBHOOK_SIGNATURE = {
	401,
	"webhook_signature_invalid",
	"The signature of the webhook is missing, wrong or too old",
	"Sign the raw body with the secret that the shop knows, and send it within 5 minutes.",
};

static void apply(struct request *request, struct session *db, const struct provider *provider,
		  const json_t *events)
{
	char *text scoped(scoped_free) = json_text(events);
	PGresult *applied scoped(scoped_result) = session_query(db, SQL(apply_events), "provider",
								provider->name, "events", text);

	if (!session_ok(applied)) {
		problem_from_result(request, take_ptr(applied));
		return;
	}
	service_wake(request_service(request));
	respond_json(request, 200, json_pack("{s:b}", "received", 1));
}

void receive_webhook(struct request *request, struct session *db)
{
	const struct provider *provider = provider_find(request_param(request, "provider"));
	json_t *events scoped(scoped_json) = json_array();

	if (!provider || !provider->webhook) {
		problem(request, &PROBLEM_NOT_FOUND);
		return;
	}
	switch (provider->webhook(request, db, events)) {
	case WEBHOOK_TAKEN:
		apply(request, db, provider, events);
		break;
	case WEBHOOK_FORGED:
		problem(request, &PROBLEM_WEBHOOK_SIGNATURE);
		break;
	case WEBHOOK_MALFORMED:
		problem_detail(request, &PROBLEM_BAD_JSON, "not an event of this provider");
		break;
	case WEBHOOK_UNAVAILABLE:
		problem(request, &PROBLEM_UNAVAILABLE);
		break;
	}
}
