/* What every daemon answers: health, readiness, metrics, the API's description. */
#include "lib/http/health.h"

#include <string.h>

#include "lib/base/buf.h"
#include "lib/daemon/daemon.h"
#include "lib/db/pool.h"
#include "lib/http/metrics.h"
#include "lib/http/openapi.h"
#include "lib/http/problem.h"
#include "lib/http/request.h"
#include "lib/http/respond.h"

static bool started, draining;

void health_set_ready(void)
{
	started = true;
}

void health_set_draining(void)
{
	draining = true;
}

static void healthz(struct request *request)
{
	respond_json(request, 200, json_pack("{s:s}", "status", "ok"));
}

static void readyz(struct request *request)
{
	const struct service *service = request_service(request);
	bool database = !service->db || db_is_ready(service->db);
	bool ready = started && database && !draining;

	respond_json(request, ready ? 200 : 503,
		     json_pack("{s:s, s:{s:s, s:s, s:s}}", "status", ready ? "ready" : "not ready",
			       "checks", "schema", started ? "ok" : "checking", "database",
			       database ? "ok" : "away", "draining", draining ? "yes" : "no"));
}

static void metrics(struct request *request)
{
	struct buf text = { 0 };
	size_t len;

	metrics_collect(&text);
	len = text.len;
	respond_text(request, 200, "text/plain; version=0.0.4; charset=utf-8", buf_steal(&text),
		     len);
}

static void openapi(struct request *request)
{
	const struct openapi_documents *documents = request_service(request)->daemon->openapi;
	const char *text = NULL;

	if (documents && request_frontend(request) == SHOP)
		text = documents->shop;
	else if (documents && request_frontend(request) == ADMIN)
		text = documents->admin;
	else if (documents)
		text = documents->internal;
	if (text)
		respond_static(request, 200, "application/json", text, strlen(text));
	else
		problem(request, &PROBLEM_NOT_FOUND);
}

const struct route health_routes[] = {
	{ GET, "/healthz", .handler = healthz, .on = DIRECT | LOCAL,
	  .summary = "The process lives" },
	{ GET, "/readyz", .handler = readyz, .on = DIRECT | LOCAL,
	  .summary = "The instance can take requests" },
	{ GET, "/metrics", .handler = metrics, .on = DIRECT | LOCAL,
	  .summary = "Metrics for Prometheus" },
	{ GET, "/openapi.json", .handler = openapi, .on = SHOP | ADMIN | INTERNAL, .cache = 60,
	  .summary = "This document" },
	{ 0 },
};
