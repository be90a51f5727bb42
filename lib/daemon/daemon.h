/*
 * A daemon is a row of tables. daemon_main() does the rest: options, logging, database pools, both
 * listeners, registry, relay, workers, health, metrics, draining.
 *
 *	DAEMON [--config FILE] [--instance NAME] [--role serve|work|all]
 *	DAEMON --migrate | --check-config | --print-config | --help | --version | --man
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
#include "lib/http/route.h"
#include "lib/queue/worker.h"

struct bus;
struct db;
struct keys;
struct loop;
struct openapi_documents;
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
	struct registry *registry;
	struct verifier *verifier;
	struct keys *keys;
	struct db *db;       /* NULL without a database */
	struct relay *relay; /* NULL without events */
	struct workers *workers;
};

struct daemon {
	const char *name;    /* "catalogd" */
	const char *summary; /* "products, categories, prices and stock" */
	const struct route *routes;
	const struct option *options; /* its own, besides daemon_options */
	const struct worker *workers;
	const struct migration *migrations;        /* NULL: no database */
	const struct statement *const *statements; /* all; each is PREPAREd at the start */
	const char *stream;     /* JetStream stream of its events, "CATALOG"; NULL: none */
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
