/* The process, for the workers. */
#include "daemons/notifyd/notifyd.h"

#include "daemons/notifyd/send.h"
#include "daemons/notifyd/template.h"
#include "daemons/notifyd/transport.h"
#include "daemons/notifyd/webhook_work.h"
#include "lib/daemon/daemon.h"

struct service *notifyd_service;

bool notifyd_start(struct service *service, char **error)
{
	notifyd_service = service;
	template_open(options_str(service->options, "templates"));
	send_open();
	return transports_open(service, error) && webhook_open(service->options, error);
}
