/* What every daemon answers on its direct listener: /healthz, /readyz, /metrics. */
#ifndef ECOM_LIB_HTTP_HEALTH_H
#define ECOM_LIB_HTTP_HEALTH_H

#include <stdbool.h>

#include "lib/http/route.h"

extern const struct route health_routes[]; /* and /openapi.json on the gateway's frontends */

/* /readyz says ready after health_set_ready(), while the database answers, until draining. */
void health_set_ready(void);
void health_set_draining(void);

#endif
