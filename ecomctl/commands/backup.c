/* backup create list get verify restore: all data of the shop on this machine. */
#include "ecomctl/commands/backup.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemons/admind/backup.h"
#include "ecomctl/commands/commands.h"
#include "lib/base/json.h"
#include "lib/base/str.h"

/* --- folders ---------------------------------------------------------------------------------- */

/* Absolute, since another process works with it. The caller frees. */
static char *path_absolute(const char *path)
{
	char *here scoped(scoped_free) = NULL;
	char *real = realpath(path, NULL);

	if (real || *path == '/')
		return real ? real : xstrdup(path);
	here = getcwd(NULL, 0);
	return xasprintf("%s/%s", here ? here : "", path);
}

/* A name is one of the state folder's, anything with a slash is a folder. */
static char *backup_folder(const struct state *state, const char *word)
{
	if (strchr(word, '/'))
		return path_absolute(word);
	return state_path(state, "backup/%s", word);
}

static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash > path ? xstrndup(path, (size_t)(slash - path)) : xstrdup("/");
}

static struct state *find_local(struct cli *cli)
{
	struct state *state;
	struct failure failure;

	if (engine_is_remote(cli)) {
		cli_fail(cli, EXIT_USAGE, "run it on the machine of the shop",
			 "backups are made and read on the shop's own machine");
		return NULL;
	}
	state = engine_find(cli);
	if (!state || state_check_access(state, &failure))
		return state;
	engine_fail(cli, EXIT_FORBIDDEN, &failure);
	state_free(state);
	return NULL;
}

/* --- commands --------------------------------------------------------------------------------- */

static enum exit_code run_list(struct cli *cli)
{
	struct state *state = find_local(cli);
	char *folder scoped(scoped_free) = NULL;
	json_t *list scoped(scoped_json) = NULL;

	if (!state)
		return cli_exit(cli);
	folder = cli_has(cli, "from") ? path_absolute(cli_text(cli, "from"))
				      : state_path(state, "backup");
	list = backup_list(folder);
	cli_emit_list(cli, list);
	state_free(state);
	return EXIT_OK;
}

static enum exit_code run_get(struct cli *cli)
{
	struct state *state = find_local(cli);
	char *folder scoped(scoped_free) = state ? backup_folder(state, cli_argument(cli, 0))
						 : NULL;
	struct failure failure;
	json_t *manifest scoped(scoped_json) = folder ? backup_manifest(folder, &failure) : NULL;
	enum exit_code code = EXIT_OK;

	if (!state)
		return cli_exit(cli);
	if (manifest) {
		json_object_set_new(manifest, "folder", json_string(folder));
		cli_emit(cli, OUTPUT_DESCRIBE, manifest);
	} else {
		code = engine_fail(cli, EXIT_NOT_FOUND, &failure);
	}
	state_free(state);
	return code;
}

static bool begin(struct cli *cli, const char *path, const json_t *body)
{
	const struct api_request request = {
		.method = "POST", .path = path, .target = API_ENGINE, .body = body
	};
	json_t *work scoped(scoped_json) = cli_call(cli, &request);

	return work;
}

static enum exit_code create(struct cli *cli, const struct state *state)
{
	char *to scoped(scoped_free) = cli_has(cli, "to") ? path_absolute(cli_text(cli, "to"))
							  : NULL;
	json_t *body scoped(scoped_json) = json_pack("{s:s*}", "to", to);
	struct story story;
	enum exit_code code;

	if (!state_is_locked(state))
		return cli_fail(cli, EXIT_UNAVAILABLE, "ecomctl up",
				"no engine runs: its databases are copied while they run");
	if (!begin(cli, "/v1/backups", body))
		return cli_exit(cli);
	story_open(&story, cli);
	code = story_follow_engine(&story);
	if (code == EXIT_OK)
		cli_emit(cli, OUTPUT_DESCRIBE, story.done);
	story_close(&story);
	return code;
}

static enum exit_code run_create(struct cli *cli)
{
	struct state *state = find_local(cli);
	enum exit_code code;

	if (!state)
		return cli_exit(cli);
	code = create(cli, state);
	state_free(state);
	return code;
}

/* --- verify ----------------------------------------------------------------------------------- */

static enum exit_code verify_here(struct story *story, const char *folder)
{
	const char *scratch = cli_text(story->cli, "scratch");
	char *place scoped(scoped_free) = scratch ? path_absolute(scratch) : folder_of(folder);
	char *const arguments[] = { (char *)"verify", (char *)(uintptr_t)folder, place, NULL };
	struct launched launched;
	struct failure failure;

	if (!engine_launch_backup(arguments, NULL, &launched, &failure))
		return engine_fail(story->cli, EXIT_FAILED, &failure);
	return story_follow_program(story, &launched);
}

static enum exit_code verify_there(struct story *story, const char *name)
{
	char *path scoped(scoped_free) = api_path("/v1/backups/{}/verify", name);

	if (!begin(story->cli, path, NULL))
		return cli_exit(story->cli);
	return story_follow_engine(story);
}

/* Without one: the newest. */
static char *verify_which(struct cli *cli, const struct state *state)
{
	char *folder scoped(scoped_free) = state_path(state, "backup");
	json_t *list scoped(scoped_json) = NULL;
	const char *name;

	if (cli_argument(cli, 0))
		return xstrdup(cli_argument(cli, 0));
	list = backup_list(folder);
	name = json_get_string(json_array_get(list, 0), "name", NULL);
	if (name)
		return xstrdup(name);
	cli_fail(cli, EXIT_NOT_FOUND, "ecomctl backup create", "there is no backup in %s", folder);
	return NULL;
}

static enum exit_code verify(struct cli *cli, const struct state *state)
{
	char *word scoped(scoped_free) = verify_which(cli, state);
	char *folder scoped(scoped_free) = word ? backup_folder(state, word) : NULL;
	struct story story;
	enum exit_code code;

	if (!word)
		return cli_exit(cli);
	story_open(&story, cli);
	if (state_is_locked(state) && !strchr(word, '/') && !cli_has(cli, "scratch"))
		code = verify_there(&story, word);
	else
		code = verify_here(&story, folder);
	if (json_array_size(story.checks))
		cli_emit_list(cli, story.checks);
	if (code == EXIT_OK && story.violated)
		code = cli_fail(cli, EXIT_FAILED, "-o json shows the first rows of each",
				"the backup %s violates what must hold", word);
	story_close(&story);
	return code;
}

static enum exit_code run_verify(struct cli *cli)
{
	struct state *state = find_local(cli);
	enum exit_code code;

	if (!state)
		return cli_exit(cli);
	code = verify(cli, state);
	state_free(state);
	return code;
}

/* --- restore ---------------------------------------------------------------------------------- */

static enum exit_code restore(struct cli *cli, const struct state *state,
			      const struct state *target)
{
	char *folder scoped(scoped_free) = backup_folder(state, cli_argument(cli, 0));
	char *const arguments[] = { (char *)"restore", folder, target->dir, NULL };
	struct launched launched;
	struct failure failure;
	struct story story;
	enum exit_code code;

	if (state_is_locked(target))
		return cli_fail(cli, EXIT_CONFLICT, "choose an empty or new folder with --to",
				"a shop runs in %s", target->dir);
	if (!engine_launch_backup(arguments, target, &launched, &failure))
		return engine_fail(cli, EXIT_FAILED, &failure);
	story_open(&story, cli);
	code = story_follow_program(&story, &launched);
	if (code == EXIT_OK) {
		cli_emit(cli, OUTPUT_DESCRIBE, story.done);
		cli_note(cli, "ecomctl up -d --state %s starts it", target->dir);
	}
	story_close(&story);
	return code;
}

static enum exit_code run_restore(struct cli *cli)
{
	struct state *state = find_local(cli), *target = NULL;
	struct failure failure;
	enum exit_code code;

	if (!state)
		return cli_exit(cli);
	target = state_find(cli_has(cli, "to") ? cli_text(cli, "to") : state->dir, &failure);
	code = target ? restore(cli, state, target) : engine_fail(cli, EXIT_USAGE, &failure);
	state_free(target);
	state_free(state);
	return code;
}

/* --- tables ----------------------------------------------------------------------------------- */

#define FLAG_STATE                                                                  \
	{                                                                           \
		"state", 0, FLAG_FOLDER, "DIR", "the folder that the shop lives in" \
	}

static const struct flag state_flags[] = { FLAG_STATE, { 0 } };
static const struct flag create_flags[] = {
	{ "to", 0, FLAG_FOLDER, "DIR", "make it in this folder, not in the state folder's backup" },
	FLAG_STATE,
	{ 0 },
};
static const struct flag list_flags[] = {
	{ "from", 0, FLAG_FOLDER, "DIR", "those in this folder" },
	FLAG_STATE,
	{ 0 },
};
static const struct flag verify_flags[] = {
	{ "scratch", 0, FLAG_FOLDER, "DIR",
	  "unpack it in this folder (default: beside the backup)" },
	FLAG_STATE,
	{ 0 },
};
static const struct flag restore_flags[] = {
	{ "to", 0, FLAG_FOLDER, "DIR", "an empty or new folder (default: the state folder)" },
	FLAG_STATE,
	{ 0 },
};

static const struct argument one_backup[] = {
	{ "BACKUP", "its name, or its folder with a slash", .optional = false },
	{ 0 },
};
static const struct argument any_backup[] = {
	{ "BACKUP", "its name, or its folder with a slash; without: the newest", .optional = true },
	{ 0 },
};

static const struct column backup_columns[] = {
	{ "name", COLUMN_TEXT, 0 },
	{ "created_at", COLUMN_TIME, 0, "CREATED" },
	{ "kind", COLUMN_TEXT, 1 },
	{ "version", COLUMN_TEXT, 2 },
	{ "size", COLUMN_BYTES, 0 },
	{ "folder", COLUMN_TEXT, 3 },
	{ "state", COLUMN_TEXT, .detail = true },
	{ "began_at", COLUMN_TIME, .detail = true },
	{ "start_lsn", COLUMN_TEXT, .detail = true },
	{ "lsn", COLUMN_TEXT, .detail = true },
	{ "postgres", COLUMN_NUMBER, .detail = true },
	{ "schemas", COLUMN_OBJECT, .detail = true },
	{ "elsewhere", COLUMN_OBJECT, .detail = true },
	{ "pause_ms", COLUMN_NUMBER, .detail = true },
	{ "files", COLUMN_OBJECT, .detail = true },
	{ "format", COLUMN_NUMBER, .detail = true },
	{ 0 },
};

static const struct column check_columns[] = {
	{ "result", COLUMN_STATUS, 0 },
	{ "check", COLUMN_TEXT, 0 },
	{ "violations", COLUMN_NUMBER, 0 },
	{ "title", COLUMN_TEXT, 0, "WHAT MUST HOLD" },
	{ "rows", COLUMN_OBJECT, .detail = true },
	{ 0 },
};

const struct command backup_commands[] = {
	{
		.verb = "create",
		.brief = "Back up all data of the shop while it runs",
		.run = run_create,
		.flags = create_flags,
		.columns = backup_columns,
		.identity = "name",
		.examples = EXAMPLES("ecomctl backup create",
				     "ecomctl backup create --to /mnt/backup/shop"),
		.details =
			"One consistent cut of all databases, with secrets and settings: whoever "
			"can read a backup has the shop. The option backup_keep of admind says "
			"how many stay in the folder (7), backup_every makes them by itself.",
		.writes = true,
	},
	{
		.verb = "list",
		.brief = "List the backups, the newest first",
		.run = run_list,
		.flags = list_flags,
		.columns = backup_columns,
		.identity = "name",
		.examples = EXAMPLES("ecomctl backup list",
				     "ecomctl backup list --from /mnt/backup/shop"),
	},
	{
		.verb = "get",
		.brief = "Show what a backup holds",
		.run = run_get,
		.args = one_backup,
		.flags = state_flags,
		.columns = backup_columns,
		.identity = "name",
		.examples = EXAMPLES("ecomctl backup get 2026-11-22T235959Z"),
	},
	{
		.verb = "verify",
		.brief = "Restore a backup where nobody sees it, and check its books",
		.run = run_verify,
		.args = any_backup,
		.flags = verify_flags,
		.columns = check_columns,
		.identity = "check",
		.examples = EXAMPLES("ecomctl backup verify",
				     "ecomctl backup verify /mnt/backup/shop/2026-11-22T235959Z"),
		.details =
			"Compares the checksums of all files, starts a PostgreSQL of its own on "
			"the databases, without network, and looks for what must never be. "
			"under_way: this cannot be told, because an order, a payment or an event "
			"was between two steps. The exit code is 1 when something is violated.",
	},
	{
		.verb = "restore",
		.brief = "Make a shop of a backup, in an empty folder",
		.run = run_restore,
		.args = one_backup,
		.flags = restore_flags,
		.columns = backup_columns,
		.identity = "name",
		.examples = EXAMPLES("ecomctl backup restore /mnt/backup/shop/2026-11-22T235959Z",
				     "ecomctl backup restore 2026-11-22T235959Z --to ~/restored"),
		.details = "Needs no engine; `up` starts what was restored, which is migrated when "
			   "the backup is of an older version. What happened after the backup is "
			   "not in it: `ecomctl payment reconcile` compares with the provider.",
		.writes = true,
	},
	{ 0 },
};
