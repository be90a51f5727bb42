/* Consumers: fetch, apply once, acknowledge. */
#include "lib/events/consumer.h"

struct consumers *consumers_start(const struct consumer *table, struct bus *bus,
				  const char *service, const char *database_url,
				  consumers_wake_fn *wake, void *arg)
{
	(void)table, (void)bus, (void)service, (void)database_url, (void)wake, (void)arg;
	return NULL;
}

void consumers_stop(struct consumers *consumers)
{
	(void)consumers;
}

void consumers_metrics(struct buf *out, void *consumers)
{
	(void)out, (void)consumers;
}
