/* The services behind the gateway and their route tables. */
#include "tools/services.h"

#include "daemons/admind/routes.h"
#include "daemons/catalogd/catalogd.h"
#include "daemons/userd/userd.h"

const struct service_routes services[] = {
	{ "userd", userd_routes },
	{ "catalogd", catalogd_routes },
	{ "admind", admind_routes },
	{ 0 },
};
