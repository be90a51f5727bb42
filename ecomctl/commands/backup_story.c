/* Following a backup, a verification or a restore. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ecomctl/commands/backup.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"
#include "lib/base/str.h"

#define LOOK_EVERY_MS  200
#define LINE_MAX_BYTES 65536

void story_open(struct story *story, struct cli *cli)
{
	*story = (struct story){ .cli = cli, .checks = json_array() };
}

void story_close(struct story *story)
{
	json_decref(story->checks);
	json_decref(story->done);
}

static void check_take(struct story *story, json_t *line)
{
	const char *result = json_get_string(line, "result", "");

	json_array_append(story->checks, line);
	if (str_eq(result, "violated") || str_eq(result, "error"))
		story->violated = true;
}

static void line_take(struct story *story, json_t *line)
{
	const char *message = json_get_string(line, "message", NULL);
	const char *event = json_get_string(line, "event", NULL);
	const char *error = json_get_string(line, "error", NULL);

	if (message || event)
		cli_note(story->cli, "%s", message ? message : event);
	if (json_object_get(line, "check"))
		check_take(story, line);
	if (json_object_get(line, "done"))
		story->done = json_incref(json_object_get(line, "done"));
	if (error) {
		story->failed = true;
		failure_set(&story->failure, json_get_string(line, "hint", ""), "%s", error);
	}
}

static enum exit_code story_end(struct story *story, const char *why)
{
	if (story->failed)
		return engine_fail(story->cli, EXIT_FAILED, &story->failure);
	if (!story->done)
		return cli_fail(story->cli, EXIT_FAILED,
				"the files in the state folder's log tell more",
				"it ended before it was done%s%s", why ? ": " : "", why ? why : "");
	return EXIT_OK;
}

/* --- through the engine ----------------------------------------------------------------------- */

static json_t *work_get(struct cli *cli)
{
	const struct api_request request = { .method = "GET",
					     .path = "/v1/backup-work",
					     .target = API_ENGINE };

	return cli_call(cli, &request);
}

enum exit_code story_follow_engine(struct story *story)
{
	struct cli *cli = story->cli;
	size_t taken = 0;

	for (;;) {
		json_t *work scoped(scoped_json) = work_get(cli);
		const json_t *lines = json_object_get(work, "lines");

		if (!work)
			return cli_exit(cli);
		for (; taken < json_array_size(lines); taken++)
			line_take(story, json_array_get(lines, taken));
		if (!str_eq(json_get_string(work, "state", ""), "running"))
			return story_end(story, json_get_string(work, "why", NULL));
		if (cli_interrupted()) {
			cli_note(cli, "it goes on; ecomctl backup list shows it when it is done");
			return EXIT_INTERRUPTED;
		}
		poll(NULL, 0, LOOK_EVERY_MS);
	}
}

/* --- through a pipe --------------------------------------------------------------------------- */

static void text_take(struct story *story, struct buf *buf)
{
	char *end;

	while (buf->len && (end = memchr(buf->data, '\n', buf->len))) {
		const char *error;
		json_t *line = json_parse(buf->data, (size_t)(end - buf->data), &error);

		if (line)
			line_take(story, line);
		json_decref(line);
		buf_consume(buf, (size_t)(end - buf->data) + 1);
	}
}

enum exit_code story_follow_program(struct story *story, const struct launched *launched)
{
	struct buf buf = BUF_INIT(LINE_MAX_BYTES);
	bool told = false;
	char chunk[4096];
	ssize_t got = 1;
	enum exit_code code;

	while (got != 0) {
		struct pollfd fd = { .fd = launched->progress, .events = POLLIN };

		if (cli_interrupted() && !told)
			told = kill(launched->pid, SIGTERM) == 0;
		if (poll(&fd, 1, LOOK_EVERY_MS) <= 0)
			continue;
		got = read(launched->progress, chunk, sizeof(chunk));
		if (got < 0 && errno != EINTR)
			break;
		if (got > 0)
			buf_add(&buf, chunk, (size_t)got);
		text_take(story, &buf);
	}
	waitpid(launched->pid, NULL, 0);
	close(launched->progress);
	buf_free(&buf);
	code = story_end(story, NULL);
	return cli_interrupted() ? EXIT_INTERRUPTED : code;
}
