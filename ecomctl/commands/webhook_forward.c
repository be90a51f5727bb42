/*
 * webhook forward: the events of the feed to a program on this machine, signed as the shop would. Each is sent
 * until it was answered, whatever the answer is, and in their order; the position is taken on after a page was.
 */
#include "ecomctl/commands/webhook.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/auth/webhook_sign.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/json.h"
#include "lib/base/str.h"
#include "lib/client/http.h"

enum {
	LOOK_EVERY_MS = 300,
	AGAIN_MS = 1000,
	TIMEOUT_MS = 15000, /* as the shop waits */
	ANSWER_MAX = 1 << 20,
};

struct forward {
	struct cli *cli;
	struct http *http;
	const char *url;
	char *secret;
	char *webhook;    /* its id */
	int64_t version;  /* of the webhook that was made for this run; 0: it was there before */
	bool refused;     /* told that the URL does not answer */
	int64_t left;     /* how many more to forward; -1: any number */
	int64_t until_ms; /* 0: no end */
	struct webhook_feed feed;
};

static bool is_over(const struct forward *forward)
{
	return cli_exit(forward->cli) || cli_interrupted() || forward->left == 0 ||
	       output_failed(cli_output(forward->cli)) ||
	       (forward->until_ms && clock_mono_ms() >= forward->until_ms);
}

/* --- one event -------------------------------------------------------------------------------- */

static void show(struct forward *forward, const json_t *event, const struct http_response *response)
{
	char now[CLOCK_RFC3339_SIZE];
	json_t *record scoped(scoped_json) = NULL;
	bool is_fine = response->status >= 200 && response->status < 300;

	clock_format(clock_real_ms(), now);
	record = json_pack(
		"{s:s, s:s*, s:s*, s:s*, s:s, s:I, s:I}", "time", now, "event",
		json_get_string(event, "id", NULL), "type", json_get_string(event, "type", NULL),
		"aggregate", json_get_string(event, "aggregate", NULL), "outcome",
		is_fine ? "delivered" : "refused", "status", (json_int_t)response->status,
		"duration_ms", (json_int_t)response->elapsed_ms);
	output_record(cli_output(forward->cli), record);
	output_flush(cli_output(forward->cli));
}

static void post(struct forward *forward, const json_t *event, struct http_response *response)
{
	const char *body = json_get_string(event, "body", "");
	char *id scoped(scoped_free) = xasprintf("%s_%s", json_get_string(event, "id", ""),
						 forward->webhook);
	int64_t now = clock_real_s();
	char *signature scoped(scoped_free) = webhook_sign(forward->secret, id, now, body);
	char *with_id scoped(scoped_free) = xasprintf("webhook-id: %s", id);
	char *with_time scoped(scoped_free) = xasprintf("webhook-timestamp: %" PRId64, now);
	char *with_signature scoped(scoped_free) = xasprintf("webhook-signature: %s", signature);
	const char *const headers[] = { "Content-Type: application/json",
					"User-Agent: ecom-webhook/1",
					with_id,
					with_time,
					with_signature,
					NULL };

	http_finish(http_start(forward->http, &(struct http_request){ .method = "POST",
								      .url = forward->url,
								      .headers = headers,
								      .data = body,
								      .len = strlen(body),
								      .timeout_ms = TIMEOUT_MS,
								      .body_max = ANSWER_MAX }),
		    response);
}

/* False: it was not answered, and the run is over. */
static bool forward_one(struct forward *forward, const json_t *event)
{
	for (;;) {
		struct http_response response = { 0 };
		bool answered;

		post(forward, event, &response);
		answered = response.result == HTTP_DONE;
		if (answered)
			show(forward, event, &response);
		else if (response.result == HTTP_IMPOSSIBLE)
			cli_fail(forward->cli, EXIT_USAGE, NULL, "cannot post to %s: %s",
				 forward->url, response.error);
		else if (!forward->refused)
			cli_note(forward->cli, "%s does not answer (%s); the events wait for it",
				 forward->url, response.error);
		forward->refused = !answered;
		http_response_free(&response);
		if (answered)
			return true;
		if (is_over(forward))
			return false;
		poll(NULL, 0, AGAIN_MS);
	}
}

/* --- the feed --------------------------------------------------------------------------------- */

static void forward_page(struct forward *forward)
{
	json_t *answer scoped(scoped_json) = webhook_feed_next(&forward->feed);
	const json_t *event;
	size_t i;

	if (!answer)
		return;
	if (forward->feed.gap)
		cli_note(forward->cli, "events may be missing here: the position is too old");
	json_array_foreach (json_object_get(answer, "data"), i, event) {
		if (is_over(forward) || !forward_one(forward, event))
			return;
		forward->left -= forward->left > 0;
	}
	webhook_feed_took(&forward->feed, answer);
}

/* The webhook whose events are taken: the one that is named, or one without URL for this run. */
static bool find_webhook(struct forward *forward)
{
	struct cli *cli = forward->cli;
	const char *wanted = cli_text(cli, "webhook");
	json_t *patterns = webhook_patterns(cli, "events");
	json_t *body scoped(scoped_json) = NULL;
	json_t *made scoped(scoped_json) = NULL;

	if (wanted) {
		json_decref(patterns);
		forward->webhook = xstrdup(wanted);
		return true;
	}
	body = json_pack("{s:o, s:s}", "events", patterns ? patterns : json_pack("[s]", ">"),
			 "description", "ecomctl webhook forward");
	made = cli_call(cli, &(struct api_request){
				     .method = "POST", .path = "/v1/webhooks", .body = body });
	if (!made)
		return false;
	forward->webhook = xstrdup(json_get_string(made, "id", ""));
	forward->version = json_get_int(made, "version", 1);
	return true;
}

static void leave(struct forward *forward)
{
	char *path scoped(scoped_free) = api_path("/v1/webhooks/{}", forward->webhook);
	struct api_request request = { .method = "DELETE", .path = path };
	struct api_answer answer = { 0 };
	struct api *api = cli_api(forward->cli);

	if (!forward->version) {
		if (forward->feed.position)
			cli_note(forward->cli, "to go on from here: --from %s",
				 forward->feed.position);
		return;
	}
	request.if_match = forward->version;
	if (api && !api_call(api, &request, &answer))
		cli_note(forward->cli, "webhook %s was made for this run and is still there",
			 forward->webhook);
	api_answer_free(&answer);
}

static bool find_secret(struct forward *forward)
{
	const char *path = cli_text(forward->cli, "secret-file");

	if (path) {
		forward->secret = file_read_line(path);
		if (!forward->secret)
			cli_fail(forward->cli, EXIT_USAGE, NULL, "cannot read %s: %m", path);
	} else {
		forward->secret = xcalloc(1, WEBHOOK_SECRET_SIZE);
		webhook_secret_make(forward->secret);
		/* It is of this run alone, and who verifies needs it. */
		fprintf(stderr, "signing with %s\n", forward->secret);
	}
	if (forward->secret) {
		char *probe scoped(scoped_free) = webhook_sign(forward->secret, "", 0, "");

		if (!probe)
			cli_fail(forward->cli, EXIT_USAGE, "whsec_ and base64 of 24 to 64 bytes",
				 "%s holds no secret of a webhook", path);
	}
	return !cli_exit(forward->cli);
}

static void run(struct forward *forward)
{
	const char *from = cli_text(forward->cli, "from");

	forward->feed = (struct webhook_feed){
		.cli = forward->cli,
		.path = api_path_query(xstrdup("/v1/webhook-feed"), "webhook", forward->webhook),
		.position = from ? xstrdup(from) : NULL,
	};
	/* Where the feed stands now; it is told so that events from here on are known to come. */
	while (!forward->feed.position && !is_over(forward)) {
		json_t *answer scoped(scoped_json) = webhook_feed_next(&forward->feed);

		if (answer)
			webhook_feed_took(&forward->feed, answer);
		else
			poll(NULL, 0, LOOK_EVERY_MS);
	}
	if (!cli_exit(forward->cli))
		cli_note(forward->cli, "forwarding to %s", forward->url);
	while (!is_over(forward)) {
		forward_page(forward);
		output_flush(cli_output(forward->cli));
		if (!is_over(forward))
			poll(NULL, 0, LOOK_EVERY_MS);
	}
	leave(forward);
	webhook_feed_done(&forward->feed);
}

enum exit_code webhook_forward(struct cli *cli)
{
	int64_t for_ms = cli_number(cli, "for", 0);
	struct forward forward = {
		.cli = cli,
		.url = cli_argument(cli, 0),
		.left = cli_number(cli, "count", -1),
		.until_ms = for_ms ? clock_mono_ms() + for_ms : 0,
	};
	char *error scoped(scoped_free) = NULL;

	if (!str_has_prefix(forward.url, "http://") && !str_has_prefix(forward.url, "https://"))
		return cli_fail(cli, EXIT_USAGE, "such as http://localhost:3000/hook",
				"\"%s\" is no URL", forward.url);
	if (cli_has(cli, "from") && !cli_has(cli, "webhook"))
		return cli_fail(cli, EXIT_USAGE, NULL, "--from is for --webhook");
	if (!find_secret(&forward)) {
		free(forward.secret);
		return cli_exit(cli);
	}
	forward.http = http_open(&error);
	if (!forward.http)
		cli_fail(cli, EXIT_FAILED, NULL, "%s", error);
	output_begin(cli_output(cli), OUTPUT_LIST, cli_command(cli)->columns,
		     cli_command(cli)->identity);
	if (forward.http && find_webhook(&forward))
		run(&forward);
	output_end(cli_output(cli));
	if (forward.http)
		http_close(forward.http);
	free(forward.secret);
	free(forward.webhook);
	return cli_exit(cli);
}
