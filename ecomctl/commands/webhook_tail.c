/* webhook tail: attempts as they are made. */
#include "ecomctl/commands/webhook.h"

#include <poll.h>

#include "lib/base/clock.h"
#include "lib/base/json.h"

enum { LOOK_EVERY_MS = 300 };

static void show_gap(struct webhook_feed *feed)
{
	char now[CLOCK_RFC3339_SIZE];
	json_t *record scoped(scoped_json) = NULL;

	clock_format(clock_real_ms(), now);
	record = json_pack("{s:s, s:s}", "time", now, "type", "GAP");
	output_record(cli_output(feed->cli), record);
	cli_note(feed->cli, "attempts may be missing here; see ecomctl webhook deliveries");
}

/* The number shown, at most `most` (0: any). */
static int64_t look(struct webhook_feed *feed, int64_t most)
{
	json_t *answer scoped(scoped_json) = webhook_feed_next(feed);
	json_t *record;
	int64_t shown = 0;
	size_t i;

	if (answer && feed->gap)
		show_gap(feed);
	json_array_foreach (json_object_get(answer, "data"), i, record) {
		if (most && shown == most)
			break;
		output_record(cli_output(feed->cli), record);
		shown++;
	}
	if (answer)
		webhook_feed_took(feed, answer);
	return shown;
}

enum exit_code webhook_tail(struct cli *cli)
{
	struct webhook_feed feed = { .cli = cli, .path = xstrdup("/v1/webhook-attempts") };
	int64_t most = cli_number(cli, "count", 0), for_ms = cli_number(cli, "for", 0);
	int64_t until_ms = clock_mono_ms() + for_ms, shown = 0;

	feed.path = api_path_query(feed.path, "webhook", cli_argument(cli, 0));
	feed.path = api_path_query(feed.path, "event", cli_text(cli, "event"));
	output_begin(cli_output(cli), OUTPUT_LIST, cli_command(cli)->columns,
		     cli_command(cli)->identity);
	while (!cli_exit(cli) && !cli_interrupted() && !output_failed(cli_output(cli)) &&
	       (!most || shown < most) && (!for_ms || clock_mono_ms() < until_ms)) {
		shown += look(&feed, most ? most - shown : 0);
		output_flush(cli_output(cli));
		if (!most || shown < most)
			poll(NULL, 0, LOOK_EVERY_MS);
	}
	output_end(cli_output(cli));
	webhook_feed_done(&feed);
	return cli_exit(cli);
}
