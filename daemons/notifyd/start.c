/* The process, for the workers. */
#include "daemons/notifyd/notifyd.h"

#include "daemons/notifyd/webhook_work.h"
#include "lib/daemon/daemon.h"

struct service *notifyd_service;

bool notifyd_start(struct service *service, char **error)
{
	notifyd_service = service;
	return webhook_open(service->options, error);
}
