/* The services behind the gateway and their route tables. */
#include "tools/services.h"

#include "daemons/admind/routes.h"
#include "daemons/cartd/cartd.h"
#include "daemons/catalogd/catalogd.h"
#include "daemons/notifyd/notifyd.h"
#include "daemons/orderd/orderd.h"
#include "daemons/paymentd/paymentd.h"
#include "daemons/userd/userd.h"

/* clang-format off */
const struct service_routes services[] = {
	{ "userd", userd_routes },
	{ "catalogd", catalogd_routes },
	{ "cartd", cartd_routes },
	{ "orderd", orderd_routes },
	{ "paymentd", paymentd_routes },
	{ "notifyd", notifyd_routes },
	{ "admind", admind_routes },
	{ 0 },
};
