/* event tail: the events of all services as they are written. */
#include "ecomctl/commands/event.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "ecomctl/commands/operation.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/str.h"

enum { LOOK_EVERY_MS = 300, LINES_USUAL = 5 };

struct feed {
	const char *service;
	char *position; /* NULL: not known yet */
	json_t *shown;  /* ids of the beginning: the feed may have them again */
	bool away;      /* told so */
};

struct tail {
	struct cli *cli;
	struct feed feeds[OPERATION_SERVICES];
	size_t count;
	int64_t shown, most; /* most 0: no end */
};

static bool is_full(const struct tail *tail)
{
	return (tail->most && tail->shown >= tail->most) || output_failed(cli_output(tail->cli));
}

static void show(struct tail *tail, const struct feed *feed, json_t *record)
{
	if (is_full(tail))
		return;
	json_object_set_new(record, "service", json_string(feed->service));
	output_record(cli_output(tail->cli), record);
	tail->shown++;
}

static void show_gap(struct tail *tail, const struct feed *feed)
{
	char now[CLOCK_RFC3339_SIZE];
	json_t *record scoped(scoped_json) = NULL;

	clock_format(clock_real_ms(), now);
	record = json_pack("{s:s, s:n, s:s, s:s}", "time", now, "id", "subject", "GAP", "service",
			   feed->service);
	output_record(cli_output(tail->cli), record);
	cli_note(tail->cli, "events of %s may be missing here", feed->service);
}

static char *feed_path(const struct cli *cli, const struct feed *feed)
{
	return api_path_query(operation_path(cli, feed->service, "event-feed"), "after",
			      feed->position);
}

/* NULL: it does not answer; told once. A failure that will not pass is recorded. */
static json_t *ask(struct tail *tail, struct feed *feed, const char *path)
{
	struct cli *cli = tail->cli;
	json_t *answer = cli_call(cli, &(struct api_request){ .method = "GET", .path = path });

	if (answer) {
		feed->away = false;
		return answer;
	}
	if (cli_exit(cli) != EXIT_UNAVAILABLE && cli_exit(cli) != EXIT_RATE_LIMITED)
		return NULL;
	if (!feed->away)
		cli_note(cli, "%s does not answer; its events come when it does", feed->service);
	feed->away = true;
	cli_fail_forget(cli);
	return NULL;
}

/* The first position comes before the first list, so that nothing is between them. */
static void begin(struct tail *tail, struct feed *feed)
{
	char *path scoped(scoped_free) = feed_path(tail->cli, feed);
	json_t *answer scoped(scoped_json) = ask(tail, feed, path);
	const char *next = json_get_string(answer, "next", NULL);

	feed->position = next ? xstrdup(next) : NULL;
}

static void show_last(struct tail *tail, struct feed *feed)
{
	int64_t lines = cli_number(tail->cli, "lines", LINES_USUAL);
	char limit[24], *path scoped(scoped_free) = NULL;
	json_t *answer scoped(scoped_json) = NULL;
	const json_t *data;

	if (lines == 0 || !feed->position)
		return;
	snprintf(limit, sizeof(limit), "%lld", (long long)lines);
	path = api_path_query(operation_path(tail->cli, feed->service, "events"), "limit", limit);
	answer = ask(tail, feed, path);
	data = json_object_get(answer, "data");
	for (size_t i = json_array_size(data); i-- > 0;) {
		json_t *record = json_array_get(data, i);

		json_object_set_new(feed->shown, json_get_string(record, "id", ""), json_true());
		show(tail, feed, record);
	}
}

static void follow(struct tail *tail, struct feed *feed)
{
	bool late = !feed->position;
	char *path scoped(scoped_free) = feed_path(tail->cli, feed);
	json_t *answer scoped(scoped_json) = ask(tail, feed, path);
	const char *next = json_get_string(answer, "next", NULL);
	json_t *record;
	size_t i;

	if (!next)
		return;
	if (late || json_get_bool(answer, "gap", false))
		show_gap(tail, feed);
	json_array_foreach (json_object_get(answer, "data"), i, record) {
		if (!json_object_get(feed->shown, json_get_string(record, "id", "")))
			show(tail, feed, record);
	}
	free(feed->position);
	feed->position = xstrdup(next);
}

static void watch(struct tail *tail)
{
	int64_t most_ms = cli_number(tail->cli, "for", 0);
	int64_t until_ms = clock_mono_ms() + most_ms;

	while (!is_full(tail) && !cli_interrupted() && !cli_exit(tail->cli) &&
	       (!most_ms || clock_mono_ms() < until_ms)) {
		output_flush(cli_output(tail->cli));
		poll(NULL, 0, LOOK_EVERY_MS);
		for (size_t i = 0; i < tail->count && !cli_exit(tail->cli); i++)
			follow(tail, &tail->feeds[i]);
	}
}

enum exit_code event_tail(struct cli *cli)
{
	struct tail tail = { .cli = cli, .most = cli_number(cli, "count", 0) };

	for (size_t i = 0; operation_services[i]; i++) {
		if (operation_wants(cli, operation_services[i]))
			tail.feeds[tail.count++] = (struct feed){ .service = operation_services[i],
								  .shown = json_object() };
	}
	output_begin(cli_output(cli), OUTPUT_LIST, cli_command(cli)->columns,
		     cli_command(cli)->identity);
	for (size_t i = 0; i < tail.count && !cli_exit(cli); i++)
		begin(&tail, &tail.feeds[i]);
	for (size_t i = 0; i < tail.count && !cli_exit(cli); i++)
		show_last(&tail, &tail.feeds[i]);
	watch(&tail);
	output_end(cli_output(cli));
	for (size_t i = 0; i < tail.count; i++) {
		free(tail.feeds[i].position);
		json_decref(tail.feeds[i].shown);
	}
	return cli_interrupted() && !cli_exit(cli) ? EXIT_INTERRUPTED : cli_exit(cli);
}
