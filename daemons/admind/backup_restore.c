/*
 * Restoring a backup: everything is made in STATE/restore.partial, and moved out of it at the end,
 * VERSION last. A folder with restore.partial and without VERSION is refused by `up`, and the next
 * restore starts over.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemons/admind/backup.h"
#include "daemons/admind/backup_dumps.h"
#include "daemons/admind/backup_files.h"
#include "daemons/admind/backup_make.h"
#include "daemons/admind/component.h"
#include "daemons/admind/elsewhere.h"
#include "daemons/admind/once.h"
#include "daemons/admind/progress.h"
#include "daemons/admind/settings.h"
#include "daemons/admind/sql.h"
#include "daemons/admind/state.h"
#include "lib/base/file.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/db/session.h"

#define PARTIAL      "restore" BACKUP_PARTIAL
#define STATEMENT_MS 3600000

/* What a restore puts into the folder, in this order: with the last one it is a shop. */
static const char *const parts[] = { "log",       "postgres",    "secrets",
				     "ecom.yaml", "engine.json", "VERSION" };

/* --- the folder ------------------------------------------------------------------------------- */

static bool is_allowed(const char *name)
{
	return *name == '.' || str_eq(name, "lost+found");
}

static bool check_empty(const struct state *state, struct failure *failure)
{
	DIR *dir = opendir(state->dir);
	struct dirent *entry;
	bool ok = true;

	if (!dir)
		return failure_errno(failure, "cannot open %s", state->dir);
	while (ok && (entry = readdir(dir))) {
		if (!is_allowed(entry->d_name))
			ok = failure_set(failure, "choose an empty or new folder with --to",
					 "%s is not empty: it has %s", state->dir, entry->d_name);
	}
	closedir(dir);
	return ok;
}

/* Only in a folder that was empty when the restore began. */
static bool leftovers_remove(const struct state *state, const char *partial,
			     struct failure *failure)
{
	for (size_t i = 0; i < array_size(parts); i++) {
		char *path scoped(scoped_free) = state_path(state, "%s", parts[i]);

		if (!backup_remove(path, failure))
			return false;
	}
	return backup_remove(partial, failure);
}

static bool folder_prepare(const struct state *state, const char *partial, struct failure *failure)
{
	char *version scoped(scoped_free) = state_path(state, "VERSION");

	if (!backup_folder_lock(state->dir, failure) || !state_check_owner(state, failure))
		return false;
	if (access(version, F_OK) == 0)
		return failure_set(failure, "choose an empty or new folder with --to",
				   "%s is a shop already", state->dir);
	if (access(partial, F_OK) == 0) {
		progress_event("an earlier restore into %s was cut short: starting over",
			       state->dir);
		if (!leftovers_remove(state, partial, failure))
			return false;
	}
	if (!check_empty(state, failure) || !state_check_disk(state, failure))
		return false;
	if (chmod(state->dir, 0700) < 0 || mkdir(partial, 0700) < 0)
		return failure_errno(failure, "cannot make the folder %s", partial);
	return true;
}

/* --- the databases ---------------------------------------------------------------------------- */

static bool is_done(PGresult *done, const char *name, struct failure *failure)
{
	PGresult *result scoped(scoped_result) = done;
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	if (session_ok(result) || (state && str_eq(state, "42P01"))) /* it had no schema yet */
		return true;
	return failure_set(failure, NULL, "cannot prepare the database %s: %.300s", name,
			   PQresultErrorMessage(result));
}

static bool events_again(const struct scratch *scratch, const json_t *manifest,
			 struct failure *failure)
{
	const json_t *ignored;
	const char *name;
	bool ok = true;

	const char *cut = json_get_string(manifest, "created_at", NULL);

	progress_step("events", "Preparing the events to be published again");
	json_object_foreach ((json_t *)(uintptr_t)json_object_get(manifest, "schemas"), name,
			     ignored) {
		char *here scoped(scoped_free) = scratch_url(scratch, name);
		bool elsewhere = backup_dump_goes_elsewhere(manifest, name);
		struct session *db = session_open(elsewhere ? elsewhere_url(name) : here, "backup",
						  STATEMENT_MS);

		ok = ok && !once_interrupted(failure) &&
		     is_done(session_query(db, SQL(restore_outbox), "cut", cut), name, failure) &&
		     is_done(session_query(db, SQL(restore_inbox)), name, failure);
		session_close(db);
	}
	return ok;
}

static bool databases_make(const char *backup, const json_t *manifest, const char *partial,
			   struct failure *failure)
{
	char *programs scoped(scoped_free) = backup_programs(manifest, failure);
	char *cluster scoped(scoped_free) = xasprintf("%s/postgres", partial);
	char *logs scoped(scoped_free) = xasprintf("%s/log", partial);
	char *log scoped(scoped_free) = xasprintf("%s/log/backup-postgres.log", partial);
	struct scratch scratch = { 0 };
	struct failure ignored;
	bool ok = programs && backup_extract(backup, manifest, programs, cluster, logs, failure);

	if (!ok)
		return false;
	progress_step("recover", "Starting PostgreSQL on it");
	ok = scratch_start(&scratch, programs, cluster, log, true, failure) &&
	     backup_dumps_restore(backup, manifest, programs, &scratch, logs, true, failure) &&
	     events_again(&scratch, manifest, failure);
	return scratch_stop(&scratch, ok ? failure : &ignored) && ok;
}

/* --- the end ---------------------------------------------------------------------------------- */

static bool disk_sync(const char *folder, struct failure *failure)
{
	int fd scoped(scoped_close) = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0 && syncfs(fd) == 0)
		return true;
	return failure_errno(failure, "cannot write %s to the disk", folder);
}

static bool parts_move(const struct state *state, const char *partial, struct failure *failure)
{
	for (size_t i = 0; i < array_size(parts); i++) {
		char *from scoped(scoped_free) = xasprintf("%s/%s", partial, parts[i]);
		char *to scoped(scoped_free) = state_path(state, "%s", parts[i]);

		if (rename(from, to) < 0 && errno != ENOENT)
			return failure_errno(failure, "cannot move %s", from);
	}
	rmdir(partial);
	return disk_sync(state->dir, failure);
}

/* The shop that was backed up may still run, and its NATS with the same passwords. */
static bool settings_fresh(const char *partial, struct failure *failure)
{
	const struct state made = { .dir = (char *)(uintptr_t)partial };
	struct settings settings;

	if (!settings_load(&made, &settings, failure))
		return false;
	settings.nats_port = 0;
	return settings_save(&made, &settings, failure);
}

static bool make(const char *backup, const json_t *manifest, const struct state *state,
		 const char *partial, struct failure *failure)
{
	char *logs scoped(scoped_free) = xasprintf("%s/log", partial);

	if (mkdir(logs, 0700) < 0)
		return failure_errno(failure, "cannot make the folder %s", logs);
	if (!databases_make(backup, manifest, partial, failure))
		return false;
	progress_step("state", "Putting secrets and settings in place");
	return backup_unpack_state(backup, partial, logs, failure) &&
	       settings_fresh(partial, failure) && disk_sync(partial, failure) &&
	       parts_move(state, partial, failure);
}

static bool version_check(const json_t *manifest, struct failure *failure)
{
	const char *version = json_get_string(manifest, "version", "");

	if (version_compare(version, PACKAGE_VERSION) <= 0)
		return true;
	return failure_set(failure, "install that version or a newer one",
			   "the backup was made by version %s, this is the older %s", version,
			   PACKAGE_VERSION);
}

bool backup_restore(const char *backup, const char *folder, struct failure *failure)
{
	json_t *manifest scoped(scoped_json) = backup_manifest(backup, failure);
	struct state *state = state_find(folder, failure);
	char *partial scoped(scoped_free) = state ? state_path(state, PARTIAL) : NULL;
	bool ok = manifest && state && version_check(manifest, failure) &&
		  backup_dumps_check(manifest, failure) && folder_prepare(state, partial, failure);
	struct failure ignored;

	if (ok && !make(backup, manifest, state, partial, failure)) {
		ok = false;
		leftovers_remove(state, partial, &ignored);
	}
	if (ok) {
		json_t *done = backup_view(backup, manifest);

		json_object_set_new(done, "state", json_string(state->dir));
		progress_tell(json_pack("{s:o}", "done", done));
	}
	state_free(state);
	return ok;
}
