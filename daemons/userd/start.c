/* What userd does around its life. */
#include "daemons/userd/own_keys.h"
#include "daemons/userd/userd.h"
#include "lib/daemon/daemon.h"

const struct options *userd_settings;

bool userd_start(struct service *service, char **error)
{
	(void)error;
	userd_settings = service->options;
	own_keys_watch(service);
	return true;
}

void userd_stop(struct service *service)
{
	(void)service;
	own_keys_stop();
}
