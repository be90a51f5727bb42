/* Making a backup: one consistent cut of all databases, and what else a shop is made of. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "daemons/admind/backup.h"
#include "daemons/admind/backup_dumps.h"
#include "daemons/admind/backup_files.h"
#include "daemons/admind/backup_make.h"
#include "daemons/admind/backup_pause.h"
#include "daemons/admind/component.h"
#include "daemons/admind/elsewhere.h"
#include "daemons/admind/once.h"
#include "daemons/admind/programs.h"
#include "daemons/admind/progress.h"
#include "daemons/admind/sql.h"
#include "daemons/admind/state.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/db/session.h"

#define STATEMENT_MS    30000
#define UNDEFINED_TABLE "42P01" /* SQLSTATE */

/* A backup that is being made. */
struct making {
	struct state *state;
	const char *kind, *to;
	char *name, *partial, *final, *logs;
	int64_t began_ms, pause_most_ms, pause_ms;
	json_t *elsewhere; /* services whose databases are dumps; NULL: none */
	json_t *manifest;
};

/* Not the gateway's folder: all of it is made anew, and the addresses in it are those of processes that
 * may still run, of the shop that was backed up. */
static const char *const state_parts[] = { "VERSION", "ecom.yaml", "engine.json", "secrets" };

/* --- before ----------------------------------------------------------------------------------- */

static char *url_of(const struct making *making, const char *database)
{
	return xasprintf("host=%s dbname=%s user=postgres", making->state->run, database);
}

/* Its name is the time; a second one in the same second waits for the next. */
static void name_choose(struct making *making)
{
	char text[32];
	struct tm tm;
	time_t seconds;

	do {
		making->began_ms = clock_real_ms();
		seconds = (time_t)(making->began_ms / 1000);
		gmtime_r(&seconds, &tm);
		strftime(text, sizeof(text), BACKUP_NAME, &tm);
		free(making->final);
		making->final = xasprintf("%s/%s", making->to, text);
	} while (access(making->final, F_OK) == 0 && usleep(50000) == 0);
	making->name = xstrdup(text);
	making->partial = xasprintf("%s" BACKUP_PARTIAL, making->final);
}

/* An upgrade goes on with what is here; whoever asks for a backup is not to believe that he has one. */
static bool databases_check(const struct making *making, struct failure *failure)
{
	if (elsewhere_check(failure))
		return true;
	if (!str_eq(making->kind, "upgrade"))
		return false;
	progress_event("%s: it is not in this backup", failure->error);
	return true;
}

/* A full disk would end the shop: its databases could not write any more. */
static bool disk_check(const struct making *making, struct failure *failure)
{
	char *url scoped(scoped_free) = url_of(making, "postgres");
	struct session *db = session_open(url, "backup", STATEMENT_MS);
	PGresult *row scoped(scoped_result) = session_query(db, SQL(backup_size));
	int64_t size = 0, available;
	struct statvfs info;
	bool ok = session_ok(row) && str_to_int(row_get(row, "size"), 0, INT64_MAX, &size);

	session_close(db);
	size += elsewhere_size();
	if (!ok)
		return failure_set(failure, "ecomctl status; log/postgres.log in the state folder",
				   "cannot ask PostgreSQL for the size of the databases: %.200s",
				   PQresultErrorMessage(row));
	if (statvfs(making->to, &info) < 0)
		return failure_errno(failure, "cannot look at the disk of %s", making->to);
	available = (int64_t)info.f_bavail * (int64_t)info.f_frsize;
	if (available >= size / 2 + STATE_DISK_MIN)
		return true;
	return failure_set(failure, "free some space, or use a folder on another disk with --to",
			   "the disk of %s has %lld MiB free, a backup may need %lld MiB",
			   making->to, (long long)available >> 20,
			   (long long)(size / 2 + STATE_DISK_MIN) >> 20);
}

/* --- the parts -------------------------------------------------------------------------------- */

/* The databases that are in one cluster are one cut, whatever is written meanwhile. */
static bool cluster_take(struct making *making, int64_t most_ms, struct failure *failure)
{
	char *programs scoped(scoped_free) = program_postgres_folder(making->state);
	struct launch launch = { 0 };

	progress_step("databases", "Copying the databases");
	words_add(&launch.arguments, "%s/pg_basebackup", programs ? programs : "");
	words_add(&launch.arguments, "--host=%s", making->state->run);
	words_add(&launch.arguments, "--username=postgres");
	words_add(&launch.arguments, "--no-password");
	words_add(&launch.arguments, "--pgdata=%s", making->partial);
	words_add(&launch.arguments, "--format=tar");
	words_add(&launch.arguments, "--compress=client-gzip:1");
	words_add(&launch.arguments, "--wal-method=stream");
	words_add(&launch.arguments, "--checkpoint=fast");
	words_add(&launch.arguments, "--label=ecom %s", making->name);
	return once_run_within(making->logs, "backup-databases", &launch, "copying the databases",
			       most_ms, failure);
}

/* Several clusters are one cut when nothing is written while it is taken: what the base backup is at its
 * end is then what the others show in their snapshots. */
static bool cluster_take_paused(struct making *making, struct pause *pause, struct failure *failure)
{
	struct failure lost;
	int64_t left_ms = making->pause_most_ms - pause_age_ms(pause);
	bool ok = cluster_take(making, left_ms > 0 ? left_ms : 1, failure);
	bool kept = pause_end(pause, &making->pause_ms, &lost);

	if (ok && !kept)
		*failure = lost;
	/* Also a copy that was done just when it was told to end: the limit is the writers'. */
	if (making->pause_ms >= making->pause_most_ms)
		return failure_set(failure, "raise backup_pause_most under admind: in ecom.yaml",
				   "copying the databases takes longer than writes may be paused, "
				   "%lld ms",
				   (long long)making->pause_most_ms);
	return ok && kept;
}

static bool clusters_take(struct making *making, struct failure *failure)
{
	char *programs scoped(scoped_free) = program_postgres_folder(making->state);
	struct pause *pause;
	bool ok;

	progress_step("pause", "Pausing the writes in all databases");
	pause = pause_begin(making->state, failure);
	ok = pause && cluster_take_paused(making, pause, failure) &&
	     backup_dumps_take(pause, programs ? programs : "", making->partial, making->logs,
			       &making->elsewhere, failure);
	pause_free(pause);
	return ok;
}

static bool databases_take(struct making *making, struct failure *failure)
{
	return elsewhere_any() ? clusters_take(making, failure) : cluster_take(making, 0, failure);
}

static bool state_take(struct making *making, struct failure *failure)
{
	struct launch launch = { 0 };

	progress_step("state", "Copying secrets and settings");
	words_add(&launch.arguments, "/bin/tar");
	words_add(&launch.arguments, "--create");
	words_add(&launch.arguments, "--gzip");
	words_add(&launch.arguments, "--file=%s/state.tar.gz", making->partial);
	words_add(&launch.arguments, "--directory=%s", making->state->dir);
	words_add(&launch.arguments, "--warning=no-file-changed"); /* gatewayd renews its files */
	words_add(&launch.arguments, "--warning=no-file-removed");
	words_add(&launch.arguments, "--ignore-failed-read");
	for (size_t i = 0; i < array_size(state_parts); i++) {
		char *path scoped(scoped_free) = state_path(making->state, "%s", state_parts[i]);

		if (access(path, F_OK) == 0)
			words_add(&launch.arguments, "%s", state_parts[i]);
	}
	return once_run(making->logs, "backup-state", &launch, "copying secrets and settings",
			failure);
}

/* --- the manifest ----------------------------------------------------------------------------- */

/* One that was made by an upgrade just now has no schema yet. */
static json_t *schema_of(const PGresult *row)
{
	const char *state = PQresultErrorField(row, PG_DIAG_SQLSTATE);
	const char *name = row_get(row, "name");

	if (session_ok(row))
		return name ? json_string(name) : json_null();
	return state && str_eq(state, UNDEFINED_TABLE) ? json_null() : NULL;
}

/* The newest migration of each service's database. */
static bool schemas_add(struct making *making, struct failure *failure)
{
	json_t *schemas = json_object();

	json_object_set_new(making->manifest, "schemas", schemas);
	for (const struct component *c = components; c->name; c++) {
		const char *there = elsewhere_url(c->name);
		char *here scoped(scoped_free) = url_of(making, c->name);
		struct session *db = session_open(there ? there : here, "backup", STATEMENT_MS);
		PGresult *row scoped(scoped_result) = NULL;
		json_t *schema;

		if (c->database_connections)
			row = session_query(db, SQL(backup_schema));
		session_close(db);
		schema = row ? schema_of(row) : NULL;
		if (row && !schema)
			return failure_set(failure, "ecomctl status",
					   "cannot read the schema version of %s: %.200s", c->name,
					   PQresultErrorMessage(row));
		if (schema)
			json_object_set_new(schemas, c->name, schema);
	}
	return true;
}

/* Where the cut begins and ends, as PostgreSQL wrote it down. */
static bool cut_add(struct making *making, struct failure *failure)
{
	char *path scoped(scoped_free) = xasprintf("%s/backup_manifest", making->partial);
	json_error_t error;
	json_t *theirs scoped(scoped_json) = json_load_file(path, 0, &error);
	const json_t *range = json_array_get(json_object_get(theirs, "WAL-Ranges"), 0);

	if (!range)
		return failure_set(failure, NULL, "cannot read %s: %s", path, error.text);
	json_object_set_new(making->manifest, "start_lsn",
			    json_string(json_get_string(range, "Start-LSN", "")));
	json_object_set_new(making->manifest, "lsn",
			    json_string(json_get_string(range, "End-LSN", "")));
	return true;
}

static bool file_add(struct making *making, const char *name, int64_t *size,
		     struct failure *failure)
{
	json_t *file = backup_file_describe(making->partial, name, failure);

	if (!file)
		return false;
	*size += json_get_int(file, "size", 0);
	json_array_append_new(json_object_get(making->manifest, "files"), file);
	return true;
}

static bool files_add(struct making *making, struct failure *failure)
{
	static const char *const names[] = { "base.tar.gz", "pg_wal.tar.gz", "backup_manifest",
					     "state.tar.gz" };
	const json_t *service;
	int64_t size = 0;
	bool ok = true;
	size_t i;

	json_object_set_new(making->manifest, "files", json_array());
	progress_step("sums", "Writing down what is in it");
	for (i = 0; ok && i < array_size(names); i++)
		ok = file_add(making, names[i], &size, failure);
	json_array_foreach (making->elsewhere, i, service) {
		char *name scoped(scoped_free) = backup_dump_name(json_string_value(service));

		ok = ok && file_add(making, name, &size, failure);
	}
	json_object_set_new(making->manifest, "size", json_integer(size));
	return ok;
}

static void elsewhere_add(struct making *making)
{
	if (!making->elsewhere)
		return;
	json_object_set(making->manifest, "elsewhere", making->elsewhere);
	json_object_set_new(making->manifest, "pause_ms", json_integer(making->pause_ms));
}

static bool manifest_write(struct making *making, struct failure *failure)
{
	char *path scoped(scoped_free) = xasprintf("%s/" BACKUP_MANIFEST, making->partial);
	char began[CLOCK_RFC3339_SIZE], created[CLOCK_RFC3339_SIZE];
	char *text scoped(scoped_free) = NULL;

	clock_format(making->began_ms, began);
	clock_format(clock_real_ms(), created);
	making->manifest = json_pack(
		"{s:i, s:s, s:s, s:s, s:s, s:s, s:i}", "format",
		making->elsewhere ? BACKUP_FORMAT : BACKUP_FORMAT - 1, "name", making->name, "kind",
		making->kind, "version",
		*making->state->version ? making->state->version : PACKAGE_VERSION, "began_at",
		began, "created_at", created, "postgres", postgres_cluster_version(making->state));
	elsewhere_add(making);
	if (!cut_add(making, failure) || !schemas_add(making, failure) ||
	    !files_add(making, failure))
		return false;
	text = json_text(making->manifest);
	return file_write_text(path, text, 0600) || failure_errno(failure, "cannot write %s", path);
}

/* From here on there is a backup. */
static bool finish(struct making *making, struct failure *failure)
{
	if (!backup_folder_sync(making->partial, failure))
		return false;
	if (rename(making->partial, making->final) < 0)
		return failure_errno(failure, "cannot rename %s", making->partial);
	return backup_folder_sync(making->to, failure);
}

static bool make(struct making *making, struct failure *failure)
{
	if (mkdir(making->partial, 0700) < 0)
		return failure_errno(failure, "cannot make the folder %s", making->partial);
	return databases_take(making, failure) && state_take(making, failure) &&
	       manifest_write(making, failure) && finish(making, failure);
}

static void making_done(struct making *making)
{
	json_decref(making->manifest);
	json_decref(making->elsewhere);
	state_free(making->state);
	free(making->name);
	free(making->partial);
	free(making->final);
	free(making->logs);
}

bool backup_create(const char *folder, const char *kind, const char *to, int keep,
		   int64_t pause_most_ms, struct failure *failure)
{
	struct making making = { .state = state_find(folder, failure),
				 .kind = kind,
				 .to = to,
				 .pause_most_ms = pause_most_ms };
	struct failure ignored;
	bool ok = making.state && state_check_version(making.state, failure) &&
		  databases_check(&making, failure) && backup_folder_lock(to, failure) &&
		  backup_leftovers_remove(to, failure) && disk_check(&making, failure);

	if (ok) {
		making.logs = state_path(making.state, "log");
		name_choose(&making);
		ok = make(&making, failure);
	}
	if (!ok && making.partial)
		backup_remove(making.partial, &ignored);
	ok = ok && backup_prune(to, keep, failure);
	if (ok)
		progress_tell(
			json_pack("{s:o}", "done", backup_view(making.final, making.manifest)));
	making_done(&making);
	return ok;
}
