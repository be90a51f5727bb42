/* set and delete of what has a code and a version. */
#include "ecomctl/commands/upsert.h"

#include "ecomctl/commands/resource.h"
#include "lib/base/json.h"

static json_t *create(struct cli *cli, const json_t *body, const json_t *identity)
{
	json_t *whole scoped(scoped_json) = json_deep_copy(body);

	json_object_update(whole, (json_t *)(uintptr_t)identity);
	return cli_call(cli, &(struct api_request){ .method = "POST",
						    .path = cli_command(cli)->resource->collection,
						    .body = whole });
}

static json_t *change(struct cli *cli, const char *path, const json_t *body, int64_t version)
{
	return cli_call(
		cli, &(struct api_request){
			     .method = "PATCH", .path = path, .body = body, .if_match = version });
}

enum exit_code upsert_run(struct cli *cli, const json_t *body, const json_t *identity)
{
	char *path scoped(scoped_free) = api_path(cli_command(cli)->resource->item,
						  cli_argument(cli, 0));
	int64_t version = cli_number(cli, "if-version", 0);
	json_t *found scoped(scoped_json) = NULL;
	json_t *record scoped(scoped_json) = NULL;

	if (cli_exit(cli))
		return cli_exit(cli);
	if (!version) {
		found = cli_call(cli, &(struct api_request){ .method = "GET", .path = path });
		version = json_get_int(found, "version", 0);
	}
	if (version) {
		record = change(cli, path, body, version);
	} else if (cli_exit(cli) == EXIT_NOT_FOUND) {
		cli_fail_forget(cli);
		record = create(cli, body, identity);
	}
	if (record)
		cli_emit(cli, OUTPUT_ONE, record);
	return cli_exit(cli);
}

enum exit_code upsert_delete(struct cli *cli)
{
	const char *name = cli_argument(cli, 0);
	char *path scoped(scoped_free) = api_path(cli_command(cli)->resource->item, name);
	int64_t version = resource_version(cli, name);
	json_t *record scoped(scoped_json) = NULL;
	json_t *nothing scoped(scoped_json) = NULL;

	if (!version)
		return cli_exit(cli);
	nothing = cli_call(cli, &(struct api_request){
					.method = "DELETE", .path = path, .if_match = version });
	if (!nothing)
		return cli_exit(cli);
	record = json_pack("{s:s, s:s}", "code", name, "status", "deleted");
	cli_emit(cli, OUTPUT_ONE, record);
	return cli_exit(cli);
}
