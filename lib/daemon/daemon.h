/*
 * A daemon is a row of tables. daemon_main() does the rest: options, logging, database pools, both
 * listeners, registry, relay, workers, health, metrics, draining.
 *
 *	DAEMON [--config FILE] [--instance NAME] [--role serve|work|all]
 *	DAEMON --migrate | --check-config | --print-config | --help | --version | --man |
 *	       --fault-points
 *
 * The first SIGTERM or SIGINT drains: announce `leaving`, answer what comes until it is quiet, end
 * with 0. The second does not wait for the gateway to notice. What is not done within drain_most is
 * given up, with 1.
 */
#ifndef ECOM_LIB_DAEMON_DAEMON_H
#define ECOM_LIB_DAEMON_DAEMON_H

#include <stdbool.h>

#include "lib/base/options.h"
#include "lib/db/migrate.h"
#include "lib/events/consumer.h"
#include "lib/http/route.h"
#include "lib/queue/outbound.h"
#include "lib/queue/retention.h"
#include "lib/queue/worker.h"

struct bus;
struct db;
struct http;
struct keys;
struct loop;
struct openapi_documents;
struct peers;
struct registry;
struct relay;
struct tasks;
struct verifier;
struct workers;

/* What runs: one per process. */
struct service {
	const struct daemon *daemon;
	const char *instance; /* "catalogd-1" */
	struct options *options;
	struct loop *loop;
	struct bus *bus;
	const char *direct_address; /* of the second listener; NULL until it is open */
	struct registry *registry;
	struct verifier *verifier;
	struct keys *keys;
	struct db *db;       /* NULL without a database */
	struct relay *relay; /* NULL without events */
	struct workers *workers;
	struct consumers *consumers;
	struct outbound_loops *outbound;
	struct peers *peers; /* NULL unless .calls_peers */
	struct http *http;
};

/* After a commit of a task or worker that left events, jobs or outcomes: relay, workers, outbound
 * calls and requests that wait look at once. Any thread. The library calls it after statements of
 * routes, batches, consumers and settled calls. */
void service_wake(struct service *service);

struct daemon {
	const char *name;    /* "catalogd" */
	const char *summary; /* "products, categories, prices and stock" */
	const struct route *routes;
	const struct option *options; /* its own, besides daemon_options */
	const struct worker *workers;
	const struct retention *retention; /* what it removes besides the library's rows */
	const struct consumer *consumers;
	const struct outbound *outbound;
	const struct migration *migrations;        /* NULL: no database */
	const struct statement *const *statements; /* all; each is PREPAREd at the start */
	const char *stream;     /* JetStream stream of its events, "CATALOG"; NULL: none */
	bool calls_peers;       /* service->peers, and the options of peers.h */
	bool refuses_cards;     /* a card-like number in any text of a body or query is 422 */
	bool no_listener;       /* no listener behind the gateway (gatewayd) */
	const char *const *man; /* more mdoc lines for the man page; ends with NULL, may be NULL */
	const struct openapi_documents *openapi; /* NULL: serves none */

	/* Called on the loop's thread before the listeners open; false ends the process with *error
	 * (freed by the caller). */
	bool (*start)(struct service *service, char **error);
	void (*stop)(struct service *service);
};

extern const struct option daemon_options[]; /* the rows that every daemon has */

int daemon_main(const struct daemon *daemon, int argc, char **argv);

#endif
