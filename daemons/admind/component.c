/* Components: what a shop consists of, in the order in which it starts. */
#include "daemons/admind/component.h"

#include <signal.h>

#include "lib/base/str.h"

const char *const component_publish[] = { "registry.ask", NULL };
const char *const component_subscribe[] = { "registry.>", "$SRV.>", NULL };

/* A daemon behind the gateway; the number is its share of PostgreSQL's connections. */
#define SERVICE(service, connections)                                                              \
	.name = (service), .title = (service), .is_daemon = true, .ready = READY_HTTP, .wave = 3,  \
	.stop_signal = SIGTERM, .stop_ms = 35000, .replicas_min = 1, .replicas_max = REPLICAS_MAX, \
	.database_connections = (connections)

const struct component components[] = {
	{
		.name = "postgres",
		.title = "PostgreSQL",
		.ready = READY_POSTGRES,
		.wave = 0,
		.stop_signal = SIGINT, /* fast shutdown: sessions are ended, nothing is lost */
		.then_signal = SIGQUIT,
		.stop_ms = 60000,
		.replicas_min = 1,
		.replicas_max = 1,
	},
	{
		.name = "nats",
		.title = "NATS",
		.ready = READY_NATS,
		.wave = 1,
		.stop_signal = SIGTERM,
		.stop_ms = 10000,
		.replicas_min = 1,
		.replicas_max = 1,
	},
	{
		SERVICE("userd", 120),
		.stream = "USERS",
	},
	{
		SERVICE("catalogd", 160),
		.stream = "CATALOG",
	},
	{
		SERVICE("paymentd", 160),
		.calls_peers = true,
		.stream = "PAYMENTS",
	},
	{
		SERVICE("cartd", 140),
		.calls_peers = true,
		.stream = "CARTS",
		.consumes = { "ORDERS", "CATALOG" },
	},
	{
		SERVICE("orderd", 200),
		.calls_peers = true,
		.stream = "ORDERS",
		.consumes = { "PAYMENTS", "CATALOG" },
	},
	{
		SERVICE("notifyd", 200),
		.calls_peers = true,
		.stream = "NOTIFICATIONS",
		.consumes = { "ORDERS", "PAYMENTS", "CATALOG", "CARTS", "USERS", "NOTIFICATIONS" },
	},
	{
		.name = "gatewayd",
		.title = "gatewayd",
		.is_daemon = true,
		.ready = READY_HTTP,
		.wave = 2,
		.stop_signal = SIGTERM,
		.stop_ms = 10000,
		.replicas_min = 1,
		.replicas_max = 1,
	},
	{
		.name = "haproxy",
		.title = "HAProxy",
		.ready = READY_GATEWAY,
		.wave = 4,
		.stop_signal = SIGUSR1, /* soft: what is under way is finished */
		.then_signal = SIGTERM,
		.stop_ms = 6000,
		.reload_signal = SIGUSR2,
		.replicas_min = 1,
		.replicas_max = 1,
	},
	{ 0 },
};

const struct component *component_find(const char *name)
{
	for (const struct component *component = components; component->name; component++) {
		if (str_eq(component->name, name))
			return component;
	}
	return NULL;
}

bool component_scales(const struct component *component)
{
	return component->replicas_max > component->replicas_min;
}
