/* admind's endpoints: the same words over the local socket and through the gateway. */
#include "daemons/admind/routes.h"

#include <stdlib.h>

#include "daemons/admind/engine.h"
#include "daemons/admind/health.h"
#include "daemons/admind/log_search.h"
#include "daemons/admind/orchestrator.h"
#include "daemons/admind/routes_backup.h"
#include "daemons/admind/state.h"
#include "daemons/admind/view.h"
#include "lib/base/json.h"
#include "lib/http/problem.h"
#include "lib/http/request.h"
#include "lib/http/respond.h"

static const struct orchestrator *const orchestrator = &local_orchestrator;

static void get_services(struct request *request)
{
	respond_json(request, 200, orchestrator->list());
}

static void get_status(struct request *request)
{
	respond_json(request, 200, orchestrator->status());
}

static void answer(struct request *request, json_t *service, const struct refusal *refusal)
{
	if (service)
		respond_json(request, 202, service);
	else
		problem_detail(request, refusal->problem, "%s", refusal->detail);
}

static void scale_service(struct request *request)
{
	const json_t *body = request_body(request);
	struct refusal refusal;
	json_t *service = orchestrator->scale(request_param(request, "name"),
					      (int)json_get_int(body, "replicas", 0),
					      (int)json_get_int(body, "current", -1), &refusal);

	answer(request, service, &refusal);
}

static void restart_service(struct request *request)
{
	struct refusal refusal;
	json_t *service = orchestrator->restart(request_param(request, "name"), &refusal);

	answer(request, service, &refusal);
}

static void get_doctor(struct request *request)
{
	json_t *checks = health_engine(engine_get());

	respond_json(request, 200, json_pack("{s:o, s:n}", "data", checks, "next"));
}

/* A task, because it reads files. */
static void get_log_lines(struct request *request, struct session *db)
{
	const json_t *query = request_query(request);
	char *folder = state_path(engine_get()->state, "log");
	json_t *lines = log_search(folder, json_get_string(query, "text", ""),
				   (size_t)json_get_int(query, "limit", 0));

	(void)db;
	free(folder);
	respond_json(request, 200, json_pack("{s:o, s:n}", "data", lines, "next"));
}

static void shut_down(struct request *request)
{
	orchestrator->shutdown();
	respond_json(request, 202, json_pack("{s:s}", "state", "stopping"));
}

static const struct field scale_rules[] = {
	{ "replicas", INT, REQUIRED, .min = 1, .max = REPLICAS_MAX,
	  .help = "How many instances there should be" },
	{ "current", INT, OPTIONAL, .min = 1, .max = REPLICAS_MAX,
	  .help = "How many the caller believes there are; refused when it is another number" },
	{ 0 },
};

static const struct field log_query[] = {
	{ "text", STRING, REQUIRED, .min = 4, .max = 400,
	  .help = "Words, at most 8: lines that contain any of them" },
	{ "limit", INT, .min = 1, .max = 1000, .fallback = "200", .help = "The newest so many" },
	{ 0 },
};

const struct route admind_routes[] = {
	{ GET, "/v1/services", .handler = get_services, .on = ADMIN | LOCAL,
	  .scope = "services:read", .summary = "List the services and their instances" },
	{ POST, "/v1/services/{name}/scale", .handler = scale_service, .on = ADMIN | LOCAL,
	  .scope = "services:write", .body = scale_rules, .ok = 202,
	  .summary = "Set how many instances of a service there should be" },
	{ POST, "/v1/services/{name}/restart", .handler = restart_service, .on = ADMIN | LOCAL,
	  .scope = "services:write", .ok = 202,
	  .summary = "Replace the instances of a service one after the other" },
	{ GET, "/v1/status", .handler = get_status, .on = ADMIN | LOCAL, .scope = "services:read",
	  .summary = "Show the engine, its ports and all processes" },
	{ GET, "/v1/log-lines", .task = get_log_lines, .on = ADMIN | LOCAL,
	  .scope = "services:read", .query = log_query,
	  .summary = "Search the lines that the daemons logged" },
	{ GET, "/v1/doctor", .handler = get_doctor, .on = LOCAL,
	  .summary = "Check what only the engine knows" },
	{ GET, "/v1/backups", .task = backup_list_get, .on = LOCAL,
	  .summary = "List the backups in the state folder" },
	{ POST, "/v1/backups", .handler = backup_post, .on = LOCAL, .body = backup_rules, .ok = 202,
	  .summary = "Begin a backup" },
	{ GET, "/v1/backups/{backup}", .task = backup_get, .on = LOCAL,
	  .summary = "Show what a backup holds" },
	{ POST, "/v1/backups/{backup}/verify", .handler = backup_verify_post, .on = LOCAL,
	  .ok = 202, .summary = "Begin to verify a backup" },
	{ GET, "/v1/backup-work", .handler = backup_work_get, .on = LOCAL,
	  .summary = "Show how far the last backup or verification is" },
	{ POST, "/v1/shutdown", .handler = shut_down, .on = LOCAL, .ok = 202,
	  .summary = "End the shop in order" },
	{ 0 },
};
