/*
 * order tail: follows the changes of all orders by asking again and again. Changes that are made at
 * once become visible out of order, so each look reads some that were seen before once more.
 */
#include "ecomctl/commands/order.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/str.h"

enum {
	OVERLAP = 500,
	PAGE = 1000,
	SEEN = 4096, /* a power of two, larger than what is read twice */
	FIRST = 10,
	INTERVAL_MS = 1000,
};

struct tail {
	struct cli *cli;
	int64_t oldest, newest; /* ids that were shown; 0: none */
	int64_t seen[SEEN];     /* ids by their lowest bits */
};

static void show(struct tail *tail, const json_t *change)
{
	int64_t id = json_get_int(change, "id", 0);
	int64_t *slot = &tail->seen[id % SEEN];
	bool added = str_eq(json_get_string(change, "kind", ""), "placed");
	json_t *record;

	if (*slot == id || id < tail->oldest)
		return;
	*slot = id;
	if (!tail->oldest)
		tail->oldest = id; /* what was before the first ones is not asked for */
	if (id > tail->newest)
		tail->newest = id;
	record = json_copy((json_t *)(uintptr_t)change);
	json_object_set_new(record, "event", json_string(added ? "ADDED" : "CHANGED"));
	output_record(cli_output(tail->cli), record);
	json_decref(record);
}

/* The number of changes that came; -1: recorded failure. */
static int look(struct tail *tail)
{
	int64_t first = cli_number(tail->cli, "lines", FIRST);
	char *path scoped(scoped_free) = xstrdup("/v1/order-events");
	char number[24];
	json_t *answer scoped(scoped_json) = NULL;
	const json_t *data, *change;
	size_t i;

	snprintf(number, sizeof(number), "%lld",
		 (long long)(tail->newest ? PAGE
			     : first      ? first
					  : 1));
	path = api_path_query(path, "limit", number);
	if (tail->newest) {
		int64_t from = tail->newest > OVERLAP ? tail->newest - OVERLAP : 0;

		snprintf(number, sizeof(number), "%lld", (long long)from);
		path = api_path_query(path, "after_id", number);
	}
	answer = cli_call(tail->cli, &(struct api_request){ .method = "GET", .path = path });
	if (!answer)
		return -1;
	data = json_object_get(answer, "data");
	json_array_foreach (data, i, change)
		show(tail, change);
	return (int)json_array_size(data);
}

enum exit_code order_tail(struct cli *cli)
{
	int64_t interval = cli_number(cli, "interval", INTERVAL_MS);
	int64_t most = cli_number(cli, "for", 0), begun = clock_mono_ms();
	struct tail *tail = xcalloc(1, sizeof(*tail));

	tail->cli = cli;
	output_begin(cli_output(cli), OUTPUT_LIST, cli_command(cli)->columns,
		     cli_command(cli)->identity);
	while (!cli_interrupted() && !output_failed(cli_output(cli)) &&
	       (!most || clock_mono_ms() - begun < most)) {
		int count = look(tail);

		if (count < 0)
			break;
		output_flush(cli_output(cli));
		if (count < PAGE)
			poll(NULL, 0, (int)interval);
	}
	output_end(cli_output(cli));
	free(tail);
	return cli_exit(cli);
}
