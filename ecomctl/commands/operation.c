/* What the services have in common, in one view. */
#include "ecomctl/commands/operation.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/str.h"

enum {
	PAGE_SIZE = 200, /* the most the API gives at once */
	LIMIT_ON_TERMINAL = 50,
};

const char *const operation_services[] = { "userd",    "catalogd", "cartd", "orderd",
					   "paymentd", "notifyd",  NULL };

bool operation_wants(const struct cli *cli, const char *service)
{
	const char *wanted = cli_text(cli, "service");

	return !wanted || str_eq(wanted, service);
}

char *operation_time(const struct cli *cli, const char *flag)
{
	const char *text = cli_text(cli, flag);
	char formatted[CLOCK_RFC3339_SIZE];
	int64_t ms;

	if (!text)
		return NULL;
	if (!str_to_ms(text, &ms))
		return xstrdup(text); /* the server says when it is no time */
	clock_format(clock_real_ms() - ms, formatted);
	return xstrdup(formatted);
}

char *operation_path(const struct cli *cli, const char *service, const char *list)
{
	char *path = xasprintf("/v1/%s/%s", service, list);

	for (const struct flag *flag = cli_command(cli)->flags; flag && flag->name; flag++) {
		char *time scoped(scoped_free) = NULL;

		if (!flag->field || !cli_has(cli, flag->name))
			continue;
		time = str_eq(flag->field, "since") ? operation_time(cli, flag->name) : NULL;
		path = api_path_query(path, flag->field, time ? time : cli_text(cli, flag->name));
	}
	return path;
}

/* One service's list as it is being read. */
struct source {
	const char *service;
	struct api_pages pages;
	const json_t *page; /* NULL: at its end */
	size_t index;
};

static const json_t *current(const struct source *source)
{
	return source->page ? json_array_get(source->page, source->index) : NULL;
}

/* To the next record, over empty and finished pages. */
static void settle(struct source *source)
{
	while (source->page && source->index == json_array_size(source->page)) {
		source->page = api_pages_next(&source->pages);
		source->index = 0;
	}
}

/* RFC 3339 in UTC by one program: the text's order is the time's. */
static struct source *newest(struct source *sources, size_t count, const char *time)
{
	struct source *best = NULL;

	for (size_t i = 0; i < count; i++) {
		if (current(&sources[i]) &&
		    (!best || strcmp(json_get_string(current(&sources[i]), time, ""),
				     json_get_string(current(best), time, "")) > 0))
			best = &sources[i];
	}
	return best;
}

static void emit(struct cli *cli, const struct source *source)
{
	json_t *record scoped(scoped_json) = json_copy((json_t *)(uintptr_t)current(source));

	json_object_set_new(record, "service", json_string(source->service));
	output_record(cli_output(cli), record);
}

/* False: there was more than the limit. */
static bool emit_all(struct cli *cli, struct source *sources, size_t count, const char *time,
		     int64_t limit)
{
	struct source *source;

	for (int64_t i = 0; (source = newest(sources, count, time)); i++) {
		if ((limit && i == limit) || output_failed(cli_output(cli)))
			return false;
		emit(cli, source);
		source->index++;
		settle(source);
	}
	return true;
}

enum exit_code operation_list(struct cli *cli, const char *list, const char *time)
{
	bool terminal = cli_is_table(cli) && isatty(STDOUT_FILENO);
	int64_t limit = cli_number(cli, "limit", terminal ? LIMIT_ON_TERMINAL : 0);
	struct source sources[OPERATION_SERVICES] = { 0 };
	struct api *api = cli_api(cli);
	size_t count = 0;

	for (size_t i = 0; api && operation_services[i]; i++) {
		struct source *source = &sources[count];
		char *path scoped(scoped_free) = NULL;

		if (!operation_wants(cli, operation_services[i]))
			continue;
		path = operation_path(cli, operation_services[i], list);
		source->service = operation_services[i];
		api_pages_open(&source->pages, api, path,
			       limit && limit < PAGE_SIZE ? (int)limit : PAGE_SIZE);
		source->page = api_pages_next(&source->pages);
		settle(source);
		count++;
	}
	if (!api)
		return cli_exit(cli);
	output_begin(cli_output(cli), OUTPUT_LIST, cli_command(cli)->columns,
		     cli_command(cli)->identity);
	if (!emit_all(cli, sources, count, time, limit))
		cli_note(cli, "the first %lld; all of them: --limit 0", (long long)limit);
	output_end(cli_output(cli));
	for (size_t i = 0; i < count; i++) {
		if (sources[i].pages.answer.failure && !cli_exit(cli))
			cli_fail_answer(cli, &sources[i].pages.answer);
		api_pages_close(&sources[i].pages);
	}
	return cli_exit(cli);
}
