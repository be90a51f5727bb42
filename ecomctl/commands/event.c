/* event: list lag replay; tail is in event_tail.c. */
#include "ecomctl/commands/event.h"

#include <stdlib.h>

#include "ecomctl/commands/commands.h"
#include "ecomctl/commands/operation.h"
#include "lib/base/json.h"

static enum exit_code event_list(struct cli *cli)
{
	return operation_list(cli, "events", "time");
}

static enum exit_code event_lag(struct cli *cli)
{
	output_begin(cli_output(cli), OUTPUT_LIST, cli_command(cli)->columns,
		     cli_command(cli)->identity);
	for (size_t i = 0; operation_services[i]; i++) {
		const char *service = operation_services[i];
		char *path scoped(scoped_free) = xasprintf("/v1/%s/event-lag", service);
		json_t *answer scoped(scoped_json) = NULL;
		json_t *record;
		size_t row;

		if (!operation_wants(cli, service))
			continue;
		answer = cli_call(cli, &(struct api_request){ .method = "GET", .path = path });
		json_array_foreach (json_object_get(answer, "data"), row, record) {
			json_object_set_new(record, "service", json_string(service));
			output_record(cli_output(cli), record);
		}
	}
	output_end(cli_output(cli));
	return cli_exit(cli);
}

/* Part by part; -1: a recorded failure. */
static json_int_t replay_service(struct cli *cli, const char *service, json_t *body)
{
	char *path scoped(scoped_free) = xasprintf("/v1/%s/event-replays", service);
	json_int_t replayed = 0, next;

	do {
		json_t *answer scoped(scoped_json) = cli_call(
			cli, &(struct api_request){ .method = "POST", .path = path, .body = body });

		if (!answer)
			return -1;
		replayed += json_get_int(answer, "replayed", 0);
		next = json_get_int(answer, "next", 0);
		json_object_set_new(body, "after", json_integer(next));
	} while (next && !cli_interrupted());
	json_object_del(body, "after");
	return replayed;
}

static json_t *replay_body(const struct cli *cli)
{
	json_t *body = json_object();

	for (const struct flag *flag = cli_command(cli)->flags; flag->name; flag++) {
		char *time scoped(scoped_free) = NULL;

		if (!flag->field || !cli_has(cli, flag->name))
			continue;
		time = operation_time(cli, flag->name);
		json_object_set_new(
			body, flag->field,
			json_string(flag->field[0] == 'p' ? cli_text(cli, flag->name) : time));
	}
	return body;
}

static enum exit_code event_replay(struct cli *cli)
{
	json_t *body scoped(scoped_json) = replay_body(cli);
	const char *since = json_get_string(body, "since", NULL);

	if (!since)
		return cli_fail(cli, EXIT_USAGE, "ecomctl event replay --since 2h",
				"--since is needed");
	if (cli_confirm(cli, "publish the events since %s again", since))
		return cli_exit(cli);
	output_begin(cli_output(cli), OUTPUT_LIST, cli_command(cli)->columns,
		     cli_command(cli)->identity);
	for (size_t i = 0; operation_services[i] && !cli_exit(cli); i++) {
		json_t *record scoped(scoped_json) = NULL;
		json_int_t replayed;

		if (!operation_wants(cli, operation_services[i]))
			continue;
		replayed = replay_service(cli, operation_services[i], body);
		if (replayed < 0)
			break;
		record = json_pack("{s:s, s:I}", "service", operation_services[i], "replayed",
				   replayed);
		output_record(cli_output(cli), record);
	}
	output_end(cli_output(cli));
	return cli_exit(cli);
}

const struct column event_columns[] = {
	{ "time", COLUMN_TIME },
	{ "id", COLUMN_TEXT, 2 },
	{ "subject", COLUMN_TEXT },
	{ "aggregate", COLUMN_TEXT, 1 },
	{ "version", COLUMN_NUMBER, 3 },
	{ "sent_at", COLUMN_TIME, 4, "SENT" },
	{ "service", COLUMN_TEXT, .detail = true },
	{ "data", COLUMN_OBJECT, .detail = true },
	{ 0 },
};

static const struct column lag_columns[] = {
	{ "service", COLUMN_TEXT },
	{ "name", COLUMN_TEXT },
	{ "subject", COLUMN_TEXT, 3 },
	{ "pending", COLUMN_NUMBER },
	{ "oldest_seconds", COLUMN_DURATION, 1, "OLDEST" },
	{ "applied", COLUMN_NUMBER, 4 },
	{ "repeated", COLUMN_NUMBER, 5 },
	{ "failed", COLUMN_NUMBER, 2 },
	{ "dead", COLUMN_NUMBER },
	{ 0 },
};

static const struct column replay_columns[] = {
	{ "service", COLUMN_TEXT },
	{ "replayed", COLUMN_NUMBER },
	{ 0 },
};

#define EVENT_FILTERS                                                                           \
	OPERATION_SERVICE_FLAG,                                                                 \
		{ "subject",        's', FLAG_TEXT, "BEGINNING", "whose subject begins so",     \
		  .field = "prefix" },                                                          \
	{                                                                                       \
		"aggregate", 'a', FLAG_TEXT, "ID", "of this order, payment, product, ... only", \
			.field = "aggregate"                                                    \
	}

static const struct flag list_flags[] = {
	EVENT_FILTERS,
	{ "since", 0, FLAG_TEXT, "TIME", "written then or later: a time, or 2h ago",
	  .field = "since" },
	{ 0 },
};

static const struct flag tail_flags[] = {
	EVENT_FILTERS,
	{ "lines", 'n', FLAG_NUMBER, "N", "begin with the last N of each service (default 5)",
	  .min = 0, .max = 200 },
	{ "count", 0, FLAG_NUMBER, "N", "end after N events", .min = 1, .max = INT64_MAX },
	{ "for", 0, FLAG_DURATION, "TIME", "end after this time", .min = 1, .max = INT64_MAX },
	{ 0 },
};

static const struct flag lag_flags[] = { OPERATION_SERVICE_FLAG, { 0 } };

static const struct flag replay_flags[] = {
	OPERATION_SERVICE_FLAG,
	{ "since", 0, FLAG_TEXT, "TIME", "written then or later: a time, or 2h ago",
	  .field = "since" },
	{ "until", 0, FLAG_TEXT, "TIME", "written before", .field = "until" },
	{ "subject", 's', FLAG_TEXT, "BEGINNING", "whose subject begins so", .field = "prefix" },
	{ 0 },
};

const struct command event_commands[] = {
	{ "list", "List events of all services, the newest first", event_list, NULL, list_flags,
	  event_columns, "id",
	  EXAMPLES("ecomctl event list --since 1h",
		   "ecomctl event list --subject orders.order. -o ndjson"),
	  "Events are kept for seven days after they were published.", .pages = true },
	{ "tail", "Show events as they are written", event_tail, NULL, tail_flags, event_columns,
	  "id", EXAMPLES("ecomctl event tail", "ecomctl event tail --subject payments. -o ndjson"),
	  "Follows the databases, not the event bus: it shows what is not published yet too. A row "
	  "GAP "
	  "stands where events may be missing: a service could not be asked at the start, its "
	  "database was restored, or a week has passed." },
	{ "lag", "Show what is not published or not applied yet", event_lag, NULL, lag_flags,
	  lag_columns, "name", EXAMPLES("ecomctl event lag", "ecomctl event lag --service orderd"),
	  "The row outbox is what a service has not published; the others are what its consumers "
	  "have not acknowledged, and what they did since their instance started." },
	{ "replay", "Publish events again", event_replay, NULL, replay_flags, replay_columns,
	  "service",
	  EXAMPLES("ecomctl event replay --since 2h --yes",
		   "ecomctl event replay --since 1d --service paymentd"),
	  "For a stream that was lost, or a consumer that is new. Consumers that know an event "
	  "ignore it. Those of the last seven days only; what was published less than two minutes "
	  "ago is dropped by the event bus as a duplicate.",
	  .writes = true, .destructive = true },
	{ 0 },
};
