/* Backups over the local socket: what works when the gateway does not. */
#include "daemons/admind/routes_backup.h"

#include <stdlib.h>
#include <unistd.h>

#include "daemons/admind/backup.h"
#include "daemons/admind/engine.h"
#include "daemons/admind/orchestrator.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/http/problem.h"
#include "lib/http/request.h"
#include "lib/http/respond.h"

static const struct problem backup_unknown = {
	404,
	"backup_unknown",
	"There is no such backup",
	"`ecomctl backup list` shows them.",
};
static const struct problem backup_at_work = {
	409,
	"backup_at_work",
	"A backup or a verification is at work already",
	"Wait until it is done.",
};

const struct field backup_rules[] = {
	{ "to", STRING, OPTIONAL, .min = 1, .max = 1000, .match = "^/",
	  .help = "Absolute path of a folder to make it in, instead of the state folder's backup" },
	{ 0 },
};

static bool may_begin(struct request *request)
{
	struct engine *engine = engine_get();

	if (engine->phase != ENGINE_RUNNING)
		problem_detail(request, &PROBLEM_ENGINE_NOT_READY, "the engine is %s",
			       engine_phase_name(engine));
	else if (backup_work_runs(engine))
		problem(request, &backup_at_work);
	else
		return true;
	return false;
}

static void answer(struct request *request, bool ok, const struct failure *failure)
{
	if (ok)
		respond_json(request, 202, backup_work_view(engine_get()));
	else
		problem_detail(request, &PROBLEM_UNAVAILABLE, "%s", failure->error);
}

void backup_post(struct request *request)
{
	const char *to = json_get_string(request_body(request), "to", NULL);
	struct failure failure = { 0 };

	if (may_begin(request))
		answer(request, backup_work_create(engine_get(), "manual", to, &failure), &failure);
}

/* The folder of the backup that the path names; NULL after answering. */
static char *find(struct request *request)
{
	const char *name = request_param(request, "backup");
	char *path = state_path(engine_get()->state, "backup/%s", name);

	if (backup_name_is_valid(name) && access(path, F_OK) == 0)
		return path;
	problem_detail(request, &backup_unknown, "there is no backup %s in the state folder", name);
	free(path);
	return NULL;
}

void backup_verify_post(struct request *request)
{
	char *path scoped(scoped_free) = find(request);
	struct failure failure = { 0 };

	if (path && may_begin(request))
		answer(request,
		       backup_work_verify(engine_get(), request_param(request, "backup"), &failure),
		       &failure);
}

void backup_work_get(struct request *request)
{
	respond_json(request, 200, backup_work_view(engine_get()));
}

void backup_list_get(struct request *request, struct session *db)
{
	char *folder scoped(scoped_free) = state_path(engine_get()->state, "backup");

	(void)db;
	respond_json(request, 200, json_pack("{s:o, s:n}", "data", backup_list(folder), "next"));
}

void backup_get(struct request *request, struct session *db)
{
	char *path scoped(scoped_free) = find(request);
	struct failure failure = { 0 };
	json_t *manifest = path ? backup_manifest(path, &failure) : NULL;

	(void)db;
	if (manifest)
		json_object_set_new(manifest, "folder", json_string(path));
	if (manifest)
		respond_json(request, 200, manifest);
	else if (path)
		problem_detail(request, &backup_unknown, "%s", failure.error);
}
