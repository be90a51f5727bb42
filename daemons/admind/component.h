/*
 * Components: what a shop consists of, in the order in which it starts. Adding a daemon to the
 * engine is one row.
 */
#ifndef ECOM_DAEMONS_ADMIND_COMPONENT_H
#define ECOM_DAEMONS_ADMIND_COMPONENT_H

#include <stdbool.h>
#include <stddef.h>

#define REPLICAS_MAX 16

enum readiness {
	READY_POSTGRES, /* its pid file says so */
	READY_NATS,     /* it greets on its port */
	READY_GATEWAY,  /* the shop port answers */
	READY_HTTP,     /* GET /readyz on its direct listener is 200 */
};

struct component {
	const char *name;  /* also of its program */
	const char *title; /* for people */
	bool is_daemon;    /* ours: instances are numbered, it has a configuration */
	bool calls_peers;  /* it gets a client of its own, and the internal frontend's address */
	enum readiness ready;
	int wave;                     /* a higher one stops earlier; the same one stops together */
	int stop_signal, then_signal; /* the second after half of the time; 0: none */
	int stop_ms;                  /* then SIGKILL */
	int reload_signal;            /* restarts it without stopping it; 0: none */
	int replicas_min, replicas_max; /* both 1: it cannot be scaled */
	int database_connections;       /* limit of its role and its share of max_connections; 0: no
				   * database */
	const char *stream; /* JetStream stream of its events, whose subjects begin with the name in
				  * lower case; NULL: none */
	const char *consumes[8]; /* streams whose events it takes; NULL after the last */
};

extern const struct component components[]; /* ends with an all-zero row */

const struct component *component_find(const char *name); /* NULL: none */
bool component_scales(const struct component *component);

/* What every daemon may do on NATS besides announcing itself as registry.<name>.<instance>,
 * receiving replies in _INBOX.<name> and answering what it receives: ask who is there, watch. */
extern const char *const component_publish[], *const component_subscribe[];

/* PostgreSQL's max_connections, and how many of them nobody's role owns: backup, migrations,
 * people with psql. */
#define DATABASE_CONNECTIONS_MAX      1000
#define DATABASE_CONNECTIONS_RESERVED 20

#endif
