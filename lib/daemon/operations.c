/* Routes that every daemon with a database has, for operators. */
#include "lib/daemon/operations.h"

#include "lib/daemon/daemon.h"
#include "lib/events/relay.h"
#include "lib/http/request.h"
#include "lib/http/respond.h"

#define PREFIX_HELP "Beginning of the subject, such as catalog.product; a > at the end is allowed"

static const char *const states[] = { "queued", "running", "done", "dead", NULL };

const struct field operation_job_query[] = {
	{ "queue", STRING, .max = 200, .help = "Only this queue; event:NAME of a consumer" },
	{ "state", STRING, .values = states },
	{ "after", CURSOR, .help = "`next` of the page before" },
	{ "limit", INT, .min = 1, .max = 200, .fallback = "50" },
	{ 0 },
};

const struct field operation_retention_query[] = {
	{ "limit", INT, .min = 1, .max = 200, .fallback = "50" },
	{ 0 },
};

const struct field operation_event_query[] = {
	{ "prefix", STRING, .max = 200, .help = PREFIX_HELP },
	{ "aggregate", STRING, .max = 200, .help = "Of this order, product, ... only" },
	{ "since", TIME, .help = "Written then or later" },
	{ "after", CURSOR, .help = "`next` of the page before" },
	{ "limit", INT, .min = 1, .max = 200, .fallback = "50" },
	{ 0 },
};

const struct field operation_feed_query[] = {
	{ "prefix", STRING, .max = 200, .help = PREFIX_HELP },
	{ "aggregate", STRING, .max = 200, .help = "Of this order, product, ... only" },
	{ "after", CURSOR, .help = "`next` of the answer before; without: from now on" },
	{ "limit", INT, .min = 1, .max = 200, .fallback = "200" },
	{ 0 },
};

const struct field operation_replay_rules[] = {
	{ "since", TIME, REQUIRED, .help = "Written then or later, and in the last 7 days" },
	{ "until", TIME, .help = "Written before" },
	{ "prefix", STRING, .max = 200, .help = PREFIX_HELP },
	{ "after", INT, .max = INT64_MAX, .help = "`next` of the answer before" },
	{ 0 },
};

static json_t *number_or_null(int64_t number)
{
	return number < 0 ? json_null() : json_integer(number);
}

/* From memory, so it tells what the instance that was asked knows. */
void operation_event_lag(struct request *request)
{
	const struct service *service = request_service(request);
	json_t *data = json_array();
	struct consumer_state state;

	if (service->relay)
		json_array_append_new(data, json_pack("{s:s, s:s, s:I, s:f}", "name", "outbox",
						      "subject", service->daemon->stream, "pending",
						      (json_int_t)relay_unsent(service->relay),
						      "oldest_seconds",
						      relay_lag_seconds(service->relay)));
	for (size_t i = 0; consumers_state(service->consumers, i, &state); i++)
		json_array_append_new(data, json_pack("{s:s, s:s, s:o, s:I, s:I, s:I, s:I}", "name",
						      state.name, "subject", state.subject,
						      "pending", number_or_null(state.pending),
						      "applied", (json_int_t)state.applied,
						      "repeated", (json_int_t)state.repeated,
						      "failed", (json_int_t)state.failed, "dead",
						      (json_int_t)state.dead));
	respond_json(request, 200, json_pack("{s:o, s:n}", "data", data, "next"));
}
