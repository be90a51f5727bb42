/* Following a feed of the API over times in which it does not answer. */
#include "ecomctl/commands/webhook.h"

#include <stdlib.h>

#include "lib/base/json.h"

json_t *webhook_feed_next(struct webhook_feed *feed)
{
	struct cli *cli = feed->cli;
	char *path scoped(scoped_free) = api_path_query(xstrdup(feed->path), "after",
							feed->position);
	json_t *answer = cli_call(cli, &(struct api_request){ .method = "GET", .path = path });

	if (answer) {
		if (feed->away)
			cli_note(cli, "the shop answers again; nothing was lost meanwhile");
		feed->away = false;
		feed->gap = json_get_bool(answer, "gap", false);
		return answer;
	}
	if (cli_exit(cli) != EXIT_UNAVAILABLE && cli_exit(cli) != EXIT_RATE_LIMITED)
		return NULL;
	if (!feed->away)
		cli_note(cli,
			 "the shop does not answer; what happens meanwhile comes when it does");
	feed->away = true;
	cli_fail_forget(cli);
	return NULL;
}

void webhook_feed_took(struct webhook_feed *feed, const json_t *answer)
{
	const char *next = json_get_string(answer, "next", NULL);

	if (!next)
		return;
	free(feed->position);
	feed->position = xstrdup(next);
}

void webhook_feed_done(struct webhook_feed *feed)
{
	free(feed->path);
	free(feed->position);
}
