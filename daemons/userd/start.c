/* What userd does around its life. */
#include <malloc.h>

#include "daemons/userd/own_keys.h"
#include "daemons/userd/userd.h"
#include "lib/daemon/daemon.h"

#define LARGE (1 << 20) /* bytes */

const struct options *userd_settings;

bool userd_start(struct service *service, char **error)
{
	(void)error;
	/* Else malloc keeps the 19 MiB that each thread needed for the last password. */
	mallopt(M_MMAP_THRESHOLD, LARGE);
	userd_settings = service->options;
	own_keys_watch(service);
	return true;
}

void userd_stop(struct service *service)
{
	(void)service;
	own_keys_stop();
}
