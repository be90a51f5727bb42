/* What admind shows of its services, as JSON. New references. */
#ifndef ECOM_DAEMONS_ADMIND_VIEW_H
#define ECOM_DAEMONS_ADMIND_VIEW_H

#include <jansson.h>

#include "daemons/admind/engine.h"

/* A unit as view_record() shows it, with its address and how its last process ended. */
json_t *view_unit(const struct unit *unit);

/* {"name","daemon","replicas","ready","min","max","state","error","instances":[…]} */
json_t *view_service(struct engine *engine, const struct component *component);
json_t *view_services(struct engine *engine);

/* {"engine":{…},"folder","ports":{…},"components":[…]} */
json_t *view_status(struct engine *engine);

/* [{"service","per_instance","replicas","needed","limit","most"}] of the database connections. */
json_t *view_budget(const struct engine *engine);

#endif
