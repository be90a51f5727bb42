/* What every daemon answers on its direct listener: /healthz, /readyz, /metrics. */
#ifndef ECOM_LIB_HTTP_HEALTH_H
#define ECOM_LIB_HTTP_HEALTH_H

#include <stdbool.h>

#include "lib/http/route.h"

extern const struct route health_routes[]; /* and /openapi.json on the gateway's frontends */

/* What /readyz says: ready until a check fails or draining begins. */
void health_set_draining(void);

#endif
