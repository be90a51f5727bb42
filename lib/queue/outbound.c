/* Outbound calls: claim, call, settle. */
#include "lib/queue/outbound.h"

struct outbound_loops *outbound_start(const struct outbound *table, const char *database_url,
				      void (*wake)(void *arg), void *arg)
{
	(void)table, (void)database_url, (void)wake, (void)arg;
	return NULL;
}

void outbound_stop(struct outbound_loops *loops)
{
	(void)loops;
}

void outbound_wake(struct outbound_loops *loops)
{
	(void)loops;
}
