/* The process, for the workers. */
#include "daemons/notifyd/notifyd.h"

struct service *notifyd_service;

bool notifyd_start(struct service *service, char **error)
{
	(void)error;
	notifyd_service = service;
	return true;
}
