/* The databases of a backup that are on other clusters. */
#include "daemons/admind/backup_dumps.h"

#include <stdlib.h>

#include "daemons/admind/backup_files.h"
#include "daemons/admind/component.h"
#include "daemons/admind/elsewhere.h"
#include "daemons/admind/once.h"
#include "daemons/admind/progress.h"
#include "daemons/admind/provision.h"
#include "daemons/admind/sql.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/db/session.h"

#define STATEMENT_MS 600000
#define FROM_OUTSIDE "application_name=backup" /* the rest is in libpq's variables */

char *backup_dump_name(const char *service)
{
	return xasprintf("%s.dump", service);
}

static const json_t *services_of(const json_t *manifest)
{
	return json_object_get(manifest, "elsewhere");
}

static bool has(const json_t *services, const char *name)
{
	const json_t *service;
	size_t i;

	json_array_foreach (services, i, service) {
		if (str_eq(json_string_value(service), name))
			return true;
	}
	return false;
}

bool backup_dump_goes_elsewhere(const json_t *manifest, const char *service)
{
	return has(services_of(manifest), service) && elsewhere_is(service);
}

/* --- taking ----------------------------------------------------------------------------------- */

static bool take(const char *service, const char *snapshot, const char *programs,
		 const char *folder, const char *logs, struct failure *failure)
{
	char *name scoped(scoped_free) = xasprintf("backup-%s", service);
	struct launch launch = { 0 };

	words_add(&launch.arguments, "%s/pg_dump", programs);
	words_add(&launch.arguments, "--snapshot=%s", snapshot);
	words_add(&launch.arguments, "--format=custom");
	words_add(&launch.arguments, "--compress=1");
	words_add(&launch.arguments, "--no-password");
	words_add(&launch.arguments, "--file=%s/%s.dump", folder, service);
	words_add(&launch.arguments, "--dbname=" FROM_OUTSIDE);
	if (elsewhere_environment(elsewhere_url(service), &launch.environment, failure))
		return once_run(logs, name, &launch, "copying a database of another cluster",
				failure);
	launch_free(&launch);
	return false;
}

bool backup_dumps_take(const struct pause *pause, const char *programs, const char *folder,
		       const char *logs, json_t **services, struct failure *failure)
{
	bool ok = true;

	progress_step("dumps", "Copying the databases of other clusters");
	*services = json_array();
	for (const struct component *c = components; ok && c->name; c++) {
		const char *snapshot = pause_snapshot(pause, c->name);

		if (!snapshot)
			continue;
		ok = take(c->name, snapshot, programs, folder, logs, failure);
		json_array_append_new(*services, json_string(c->name));
	}
	return ok;
}

/* --- restoring -------------------------------------------------------------------------------- */

bool backup_dumps_check(const json_t *manifest, struct failure *failure)
{
	for (const struct component *c = components; c->name; c++) {
		if (!c->database_connections || !elsewhere_is(c->name))
			continue;
		if (!backup_dump_goes_elsewhere(manifest, c->name)) {
			progress_event("the database of %s is on another cluster and stays as it "
				       "is: the backup has none for it",
				       c->name);
			continue;
		}
		if (!elsewhere_check(failure) || !elsewhere_check_empty(c->name, failure))
			return false;
	}
	return true;
}

/* What a service had in the private cluster before it went elsewhere, or nothing, makes room. */
static bool database_make(const struct scratch *scratch, const struct component *component,
			  struct failure *failure)
{
	char *url scoped(scoped_free) = scratch_url(scratch, "postgres");
	struct session *db = session_open(url, "backup", STATEMENT_MS);
	PGresult *command scoped(scoped_result) = session_query(db, SQL(database_drop), "service",
								component->name);
	PGresult *dropped scoped(scoped_result) =
		session_ok(command) ? session_exec(db, row_get(command, "command")) : NULL;
	bool ok = dropped && session_ok(dropped);

	if (!ok)
		failure_set(failure, NULL, "cannot make the database %s anew: %.200s",
			    component->name, PQresultErrorMessage(dropped ? dropped : command));
	ok = ok && provision_service(db, component, failure);
	session_close(db);
	return ok;
}

static bool put(const char *backup, const char *service, const char *url, const char *role,
		const char *programs, const char *logs, struct failure *failure)
{
	char *name scoped(scoped_free) = xasprintf("backup-%s", service);
	struct launch launch = { 0 };

	words_add(&launch.arguments, "%s/pg_restore", programs);
	words_add(&launch.arguments, "--exit-on-error");
	words_add(&launch.arguments, "--single-transaction");
	words_add(&launch.arguments, "--no-owner");
	words_add(&launch.arguments, "--no-password");
	if (role)
		words_add(&launch.arguments, "--role=%s", role);
	words_add(&launch.arguments, "--dbname=" FROM_OUTSIDE);
	words_add(&launch.arguments, "%s/%s.dump", backup, service);
	if (elsewhere_environment(url, &launch.environment, failure))
		return once_run(logs, name, &launch, "restoring a database of another cluster",
				failure);
	launch_free(&launch);
	return false;
}

static bool put_here(const char *backup, const struct component *component,
		     const struct scratch *scratch, const char *programs, const char *logs,
		     struct failure *failure)
{
	char *url scoped(scoped_free) = scratch_url(scratch, component->name);
	char *owner scoped(scoped_free) = xasprintf("%s_owner", component->name);

	return database_make(scratch, component, failure) &&
	       put(backup, component->name, url, owner, programs, logs, failure);
}

bool backup_dumps_restore(const char *backup, const json_t *manifest, const char *programs,
			  const struct scratch *scratch, const char *logs, bool elsewhere,
			  struct failure *failure)
{
	bool ok = true;

	if (json_array_size(services_of(manifest)))
		progress_step("dumps", "Restoring the databases of other clusters");
	for (const struct component *c = components; ok && c->name; c++) {
		if (!has(services_of(manifest), c->name))
			continue;
		ok = elsewhere && elsewhere_is(c->name)
			     ? put(backup, c->name, elsewhere_url(c->name), NULL, programs, logs,
				   failure)
			     : put_here(backup, c, scratch, programs, logs, failure);
	}
	return ok;
}
