/* gatewayd: keeps HAProxy's configuration, keys and servers equal to what the shop has. */
#include "daemons/gatewayd/gateway.h"
#include "lib/daemon/daemon.h"

static const struct daemon gatewayd = {
	.name = "gatewayd",
	.summary = "HAProxy's configuration, keys and servers",
	.options = gatewayd_options,
	.no_listener = true,
	.start = gateway_start,
	.stop = gateway_stop,
};

int main(int argc, char **argv)
{
	return daemon_main(&gatewayd, argc, argv);
}
