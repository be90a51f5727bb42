/* job: list get retry, of all services. */
#include "ecomctl/commands/commands.h"
#include "ecomctl/commands/operation.h"
#include "lib/base/json.h"

#include <stdlib.h>

static enum exit_code job_list(struct cli *cli)
{
	return operation_list(cli, "jobs", "created_at");
}

static enum exit_code job_retention(struct cli *cli)
{
	return operation_list(cli, "retention", "ran_at");
}

/* Asks one service after the other: ids are unique. NULL: a recorded failure. */
static json_t *find(struct cli *cli, const char *id, const char **service)
{
	for (size_t i = 0; operation_services[i]; i++) {
		char *pattern scoped(scoped_free) = NULL;
		char *path scoped(scoped_free) = NULL;
		json_t *job;

		if (!operation_wants(cli, operation_services[i]))
			continue;
		*service = operation_services[i];
		pattern = xasprintf("/v1/%s/jobs/{}", *service);
		path = api_path(pattern, id);
		job = cli_call(cli, &(struct api_request){ .method = "GET", .path = path });
		if (job)
			return job;
		if (cli_exit(cli) != EXIT_NOT_FOUND)
			return NULL;
		cli_fail_forget(cli);
	}
	cli_fail(cli, EXIT_NOT_FOUND, "ecomctl job list", "job \"%s\" not found", id);
	return NULL;
}

static void emit(struct cli *cli, const char *service, json_t *job)
{
	json_object_set_new(job, "service", json_string(service));
	output_record(cli_output(cli), job);
}

static enum exit_code job_get(struct cli *cli)
{
	const char *service;
	json_t *job scoped(scoped_json) = find(cli, cli_argument(cli, 0), &service);

	if (!job)
		return cli_exit(cli);
	json_object_set_new(job, "service", json_string(service));
	cli_emit(cli, OUTPUT_DESCRIBE, job);
	return EXIT_OK;
}

static bool retry(struct cli *cli, const char *id)
{
	const char *service;
	json_t *found scoped(scoped_json) = find(cli, id, &service);
	char *pattern scoped(scoped_free) = NULL;
	char *path scoped(scoped_free) = NULL;
	json_t *job scoped(scoped_json) = NULL;

	if (!found)
		return false;
	pattern = xasprintf("/v1/%s/jobs/{}/retry", service);
	path = api_path(pattern, id);
	job = cli_call(cli, &(struct api_request){ .method = "POST", .path = path });
	if (job)
		emit(cli, service, job);
	return job;
}

static enum exit_code job_retry(struct cli *cli)
{
	size_t count = cli_argument_count(cli);

	output_begin(cli_output(cli), OUTPUT_LIST, cli_command(cli)->columns,
		     cli_command(cli)->identity);
	for (size_t i = 0; i < count; i++) {
		if (!retry(cli, cli_argument(cli, i)))
			break;
	}
	output_end(cli_output(cli));
	return cli_exit(cli);
}

static const struct column job_columns[] = {
	{ "id", COLUMN_TEXT },
	{ "service", COLUMN_TEXT, 3 },
	{ "queue", COLUMN_TEXT },
	{ "state", COLUMN_STATUS },
	{ "tries", COLUMN_NUMBER, 4 },
	{ "created_at", COLUMN_TIME, 2, "CREATED" },
	{ "reason", COLUMN_TEXT, 1 },
	{ "due_at", COLUMN_TIME, .detail = true },
	{ "settled_at", COLUMN_TIME, .detail = true },
	{ "payload", COLUMN_OBJECT, .detail = true },
	{ 0 },
};

static const struct column retention_columns[] = {
	{ "service", COLUMN_TEXT },
	{ "name", COLUMN_TEXT, 0, "TABLE" },
	{ "kept_seconds", COLUMN_DURATION, 0, "KEPT" },
	{ "oldest_seconds", COLUMN_DURATION, 1, "OLDEST" },
	{ "total", COLUMN_NUMBER, 0, "REMOVED" },
	{ "ran_at", COLUMN_TIME, 2, "LAST RUN" },
	{ "removed", COLUMN_NUMBER, .detail = true },
	{ "removed_at", COLUMN_TIME, .detail = true },
	{ "error", COLUMN_TEXT, 3 },
	{ 0 },
};

static const char *const states[] = { "queued", "running", "done", "dead", NULL };

static const struct flag list_flags[] = {
	OPERATION_SERVICE_FLAG,
	{ "queue", 0, FLAG_TEXT, "NAME", "of this queue; event:NAME of a consumer",
	  .field = "queue" },
	{ "state", 0, FLAG_CHOICE, NULL, "in this state", .choices = states, .field = "state" },
	{ 0 },
};
static const struct flag service_flags[] = { OPERATION_SERVICE_FLAG, { 0 } };

static const struct argument one_id[] = { { "ID", "the job's id" }, { 0 } };
static const struct argument many_ids[] = { { "ID", "the job's id", .many = true }, { 0 } };

const struct command job_commands[] = {
	{ "list", "List jobs of all services, the newest first", job_list, NULL, list_flags,
	  job_columns, "id",
	  EXAMPLES("ecomctl job list --state dead", "ecomctl job list --service orderd -o json"),
	  "A job is dead when it failed too often: it waits for somebody to look at it.",
	  .pages = true },
	{ "retention", "List what is kept for a limited time, and what was removed", job_retention,
	  NULL, service_flags, retention_columns, "name",
	  EXAMPLES("ecomctl job retention", "ecomctl job retention --service orderd -o json"),
	  "How long is said by options such as retention_outbox in ecom.yaml; the man page of each "
	  "daemon lists them.",
	  .pages = true },
	{ "get", "Show all about a job", job_get, one_id, service_flags, job_columns, "id",
	  EXAMPLES("ecomctl job get 0193c1f2-7a10-7000-8000-000000000001") },
	{ "retry", "Try dead jobs again", job_retry, many_ids, service_flags, job_columns, "id",
	  EXAMPLES("ecomctl job retry 0193c1f2-7a10-7000-8000-000000000001",
		   "ecomctl job list --state dead -q | xargs -r ecomctl job retry"),
	  "Safe to repeat: a job that is at work goes on, and one that is done is refused.",
	  .writes = true },
	{ 0 },
};
