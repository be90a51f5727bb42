/* What paymentd does at its start. */
#include "daemons/paymentd/paymentd.h"

#include "daemons/paymentd/provider.h"

struct service *paymentd_service;

bool paymentd_start(struct service *service, char **error)
{
	paymentd_service = service;
	return providers_open(service, error);
}
