/*
 * Routes that every daemon with a database has, for operators: its jobs, events and consumers.
 * Last in a daemon's table: `OPERATION_ROUTES("catalogd"),`.
 */
#ifndef ECOM_LIB_DAEMON_OPERATIONS_H
#define ECOM_LIB_DAEMON_OPERATIONS_H

#include "lib/db/statement.h"
#include "lib/http/route.h"

extern const struct statement lib_sql_list_retention, lib_sql_list_jobs, lib_sql_get_job,
	lib_sql_retry_job, lib_sql_list_events, lib_sql_follow_events, lib_sql_replay_events;
extern const struct field operation_retention_query[], operation_job_query[],
	operation_event_query[], operation_feed_query[], operation_replay_rules[];
handler_fn operation_event_lag;

/* clang-format off */
#define OPERATION_ROUTES(service)                                                                  \
	{ GET, "/v1/" service "/jobs", &lib_sql_list_jobs, .on = ADMIN, .scope = "jobs:read",      \
	  .query = operation_job_query, .db = DB_SLOW, .summary = "List jobs, the newest first" }, \
	{ GET, "/v1/" service "/jobs/{id}", &lib_sql_get_job, .on = ADMIN, .scope = "jobs:read",   \
	  .summary = "Read a job" },                                                               \
	{ POST, "/v1/" service "/jobs/{id}/retry", &lib_sql_retry_job, .on = ADMIN,                \
	  .scope = "jobs:write", .summary = "Try a dead job again" },                              \
	{ GET, "/v1/" service "/retention", &lib_sql_list_retention, .on = ADMIN,                  \
	  .scope = "jobs:read", .query = operation_retention_query,                                \
	  .summary = "List what is kept for a limited time, and what was removed" },               \
	{ GET, "/v1/" service "/events", &lib_sql_list_events, .on = ADMIN,                        \
	  .scope = "events:read", .query = operation_event_query, .db = DB_SLOW,                   \
	  .summary = "List events, the newest first" },                                            \
	{ GET, "/v1/" service "/event-feed", &lib_sql_follow_events, .on = ADMIN,                  \
	  .scope = "events:read", .query = operation_feed_query, .db = DB_SLOW,                    \
	  .summary = "Follow events: those since a position, and the next position" },             \
	{ GET, "/v1/" service "/event-lag", .handler = operation_event_lag, .on = ADMIN,           \
	  .scope = "events:read", .summary = "Events that are not published or not applied yet" }, \
	{ POST, "/v1/" service "/event-replays", &lib_sql_replay_events, .on = ADMIN,              \
	  .scope = "events:write", .body = operation_replay_rules,                                 \
	  .summary = "Publish events again" }
/* clang-format on */

#endif
