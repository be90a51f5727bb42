/* What a service does besides answering. */
#include "lib/daemon/background.h"

#include <ctype.h>
#include <pthread.h>
#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/daemon/daemon.h"
#include "lib/events/bus.h"
#include "lib/events/consumer.h"
#include "lib/events/relay.h"
#include "lib/http/metrics.h"
#include "lib/http/server.h"
#include "lib/queue/outbound.h"
#include "lib/queue/worker.h"

/* Guards what service_wake() wakes: threads of one part call it while another part starts or stops. */
static pthread_mutex_t background_lock = PTHREAD_MUTEX_INITIALIZER;

/* Outcomes that other instances bring about: their events wake who waits here. */
static struct bus_subscription *outcomes;

/* After a commit, which may be known to have left work for one alone; NULL: for everybody, and events. */
static void wake(void *arg, const char *whom)
{
	struct service *service = arg;

	pthread_mutex_lock(&background_lock);
	if (service->relay && !whom)
		relay_wake(service->relay);
	if (service->workers)
		workers_wake(service->workers, whom);
	if (service->outbound)
		outbound_wake(service->outbound, whom);
	if (service->http)
		http_wake(service->http);
	pthread_mutex_unlock(&background_lock);
}

void service_wake(struct service *service)
{
	wake(service, NULL);
}

/* Takes a part out of service_wake()'s reach, to be stopped. */
#define withdraw(part)                                   \
	({                                               \
		pthread_mutex_lock(&background_lock);    \
		__typeof__(part) part_ = take_ptr(part); \
		pthread_mutex_unlock(&background_lock);  \
		part_;                                   \
	})

/* --- outcomes --------------------------------------------------------------------------------- */

static bool has_waiting(const struct daemon *daemon)
{
	for (const struct route *route = daemon->routes; route && route->path; route++) {
		if (route->wait)
			return true;
	}
	return false;
}

static void on_event(void *arg, const char *subject, const char *reply, const char *data,
		     size_t len)
{
	struct service *service = arg;

	(void)subject, (void)reply, (void)data, (void)len;
	http_wake(service->http);
}

static void outcomes_open(struct service *service)
{
	const char *stream = service->daemon->stream;
	char *subject scoped(scoped_free) = stream ? xasprintf("%s.>", stream) : NULL;

	if (!subject || !has_waiting(service->daemon))
		return;
	for (char *c = subject; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	outcomes = bus_subscribe(service->bus, subject, on_event, service);
}

/* --- all of it -------------------------------------------------------------------------------- */

void background_open(struct service *service, bool works)
{
	const struct daemon *daemon = service->daemon;
	const char *url = options_str(service->options, "database_url");
	const struct worker *tables[] = { retention_workers, daemon->workers, NULL };

	if (!daemon->migrations)
		return;
	outcomes_open(service);
	if (!works)
		return;
	retention_open(daemon->retention, service->options);
	metrics_register(retention_metrics, NULL);
	pthread_mutex_lock(&background_lock);
	if (daemon->stream)
		service->relay = relay_start(service->bus, url, daemon->stream);
	if (daemon->outbound)
		service->outbound = outbound_start(daemon->outbound, url, wake, service);
	service->workers = workers_start(tables, url, wake, service);
	if (daemon->consumers)
		service->consumers = consumers_start(daemon->consumers, service->bus, daemon->name,
						     url, wake, service);
	pthread_mutex_unlock(&background_lock);
}

void background_close(struct service *service)
{
	if (outcomes)
		bus_unsubscribe(take_ptr(outcomes));
	consumers_stop(withdraw(service->consumers));
	workers_stop(withdraw(service->workers));
	outbound_stop(withdraw(service->outbound));
	relay_stop(withdraw(service->relay));
}
