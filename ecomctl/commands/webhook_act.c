/* What is done to webhooks and their deliveries. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ecomctl/commands/operation.h"
#include "ecomctl/commands/resource.h"
#include "ecomctl/commands/webhook.h"
#include "lib/base/json.h"
#include "lib/base/str.h"

static const char *const waiting[] = { "Prefer: wait=20", NULL };

json_t *webhook_patterns(const struct cli *cli, const char *flag)
{
	json_t *list = cli_has(cli, flag) ? json_array() : NULL;

	for (const char *text = list ? cli_text(cli, flag) : ""; *text;) {
		size_t len = strcspn(text, ", ");

		if (len)
			json_array_append_new(list, json_stringn(text, len));
		text += len + (text[len] != '\0');
	}
	return list;
}

/* The flags as a body; the caller frees. */
static json_t *body_of(struct cli *cli)
{
	json_t *body = resource_body(cli), *events = webhook_patterns(cli, "events");

	if (events)
		json_object_set_new(body, "events", events);
	return body;
}

static enum exit_code show_secret(struct cli *cli, const json_t *record)
{
	if (!record)
		return cli_exit(cli);
	cli_emit(cli, OUTPUT_ONE, record);
	cli_note(cli, "the secret is shown this once; give it to who receives");
	return cli_exit(cli);
}

enum exit_code webhook_create(struct cli *cli)
{
	json_t *body scoped(scoped_json) = body_of(cli);
	json_t *record scoped(scoped_json) = NULL;

	if (!cli_has(cli, "events"))
		return cli_fail(cli, EXIT_USAGE, "--events 'orders.>' takes all about orders",
				"--events is needed");
	if (cli_argument(cli, 0))
		json_object_set_new(body, "url", json_string(cli_argument(cli, 0)));
	record = cli_call(cli, &(struct api_request){
				       .method = "POST", .path = "/v1/webhooks", .body = body });
	return show_secret(cli, record);
}

enum exit_code webhook_update(struct cli *cli)
{
	json_t *body scoped(scoped_json) = body_of(cli);
	char *path scoped(scoped_free) = api_path("/v1/webhooks/{}", cli_argument(cli, 0));
	json_t *record scoped(scoped_json) = NULL;
	int64_t version;

	if (json_object_size(body) == 0)
		return cli_fail(cli, EXIT_USAGE, "see --help", "nothing to change is given");
	version = resource_version(cli, cli_argument(cli, 0));
	if (!version)
		return cli_exit(cli);
	record = cli_call(
		cli, &(struct api_request){
			     .method = "PATCH", .path = path, .body = body, .if_match = version });
	if (record)
		cli_emit(cli, OUTPUT_ONE, record);
	return cli_exit(cli);
}

enum exit_code webhook_delete(struct cli *cli)
{
	const char *id = cli_argument(cli, 0);
	char *path scoped(scoped_free) = api_path("/v1/webhooks/{}", id);
	json_t *record scoped(scoped_json) = json_pack("{s:s, s:s}", "id", id, "status", "deleted");
	json_t *nothing scoped(scoped_json) = NULL;
	int64_t version;

	if (cli_confirm(cli, "delete webhook %s; what waits for it is not sent any more", id))
		return cli_exit(cli);
	version = resource_version(cli, id);
	if (!version)
		return cli_exit(cli);
	nothing = cli_call(cli, &(struct api_request){
					.method = "DELETE", .path = path, .if_match = version });
	if (nothing)
		cli_emit(cli, OUTPUT_ONE, record);
	return cli_exit(cli);
}

/* POST to a path with the first argument in it. */
static json_t *act(struct cli *cli, const char *pattern, const char *id, const json_t *body,
		   const char *const *headers)
{
	char *path scoped(scoped_free) = api_path(pattern, id);

	return cli_call(cli,
			&(struct api_request){
				.method = "POST", .path = path, .body = body, .headers = headers });
}

enum exit_code webhook_rotate(struct cli *cli)
{
	const char *pattern = cli_has(cli, "now") ? "/v1/webhooks/{}/rotate?now=true"
						  : "/v1/webhooks/{}/rotate";
	json_t *record scoped(scoped_json) = act(cli, pattern, cli_argument(cli, 0), NULL, NULL);

	return show_secret(cli, record);
}

enum exit_code webhook_test(struct cli *cli)
{
	json_t *record scoped(scoped_json) = act(cli, "/v1/webhooks/{}/tests", cli_argument(cli, 0),
						 NULL, waiting);

	if (!record)
		return cli_exit(cli);
	cli_emit(cli, OUTPUT_ONE, record);
	if (str_eq(json_get_string(record, "status", ""), "delivered"))
		return EXIT_OK;
	return cli_fail(cli, EXIT_FAILED, "ecomctl webhook delivery shows what came back",
			"the test event was not delivered: %s",
			json_get_string(record, "last_error", "no answer yet"));
}

enum exit_code webhook_delivery(struct cli *cli)
{
	char *path scoped(scoped_free) = api_path("/v1/webhook-deliveries/{}",
						  cli_argument(cli, 0));
	json_t *record scoped(scoped_json) =
		cli_call(cli, &(struct api_request){ .method = "GET", .path = path });

	if (record)
		cli_emit(cli, OUTPUT_DESCRIBE, record);
	return cli_exit(cli);
}

enum exit_code webhook_resend(struct cli *cli)
{
	output_begin(cli_output(cli), OUTPUT_LIST, cli_command(cli)->columns,
		     cli_command(cli)->identity);
	for (size_t i = 0; i < cli_argument_count(cli) && !cli_interrupted(); i++) {
		json_t *record scoped(scoped_json) = act(cli, "/v1/webhook-deliveries/{}/redeliver",
							 cli_argument(cli, i), NULL, NULL);

		if (!record)
			break;
		output_record(cli_output(cli), record);
	}
	output_end(cli_output(cli));
	return cli_exit(cli);
}

static json_t *replay_body(const struct cli *cli)
{
	char *since scoped(scoped_free) = operation_time(cli, "since");
	char *until scoped(scoped_free) = operation_time(cli, "until");

	return json_pack("{s:s, s:s*, s:o*}", "since", since, "until", until, "types",
			 webhook_patterns(cli, "events"));
}

/* Part by part. */
enum exit_code webhook_replay(struct cli *cli)
{
	json_t *body scoped(scoped_json) = NULL;
	json_t *record scoped(scoped_json) = NULL;
	int64_t replayed = 0, next = 0;

	if (!cli_has(cli, "since"))
		return cli_fail(cli, EXIT_USAGE, "ecomctl webhook replay ID --since 2h",
				"--since is needed");
	body = replay_body(cli);
	do {
		json_t *answer scoped(scoped_json) = act(cli, "/v1/webhooks/{}/replays",
							 cli_argument(cli, 0), body, NULL);

		if (!answer)
			return cli_exit(cli);
		replayed += json_get_int(answer, "replayed", 0);
		next = json_get_int(answer, "next", 0);
		json_object_set_new(body, "after", json_integer(next));
	} while (next && !cli_interrupted());
	record = json_pack("{s:s, s:I}", "id", cli_argument(cli, 0), "replayed",
			   (json_int_t)replayed);
	cli_emit(cli, OUTPUT_ONE, record);
	return cli_exit(cli);
}
