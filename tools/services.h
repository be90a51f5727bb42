/* The services behind the gateway and their route tables: a new daemon is one row here. */
#ifndef ECOM_TOOLS_SERVICES_H
#define ECOM_TOOLS_SERVICES_H

#include "lib/http/route.h"

struct service_routes {
	const char *name;
	const struct route *routes;
};

extern const struct service_routes services[]; /* ends with an all-zero row */

#endif
