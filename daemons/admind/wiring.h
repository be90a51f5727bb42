/*
 * How the parts of a shop find each other: the files that the engine writes for the servers, and
 * the arguments and the environment of each program.
 */
#ifndef ECOM_DAEMONS_ADMIND_WIRING_H
#define ECOM_DAEMONS_ADMIND_WIRING_H

#include "daemons/admind/child.h"
#include "daemons/admind/component.h"
#include "daemons/admind/settings.h"
#include "daemons/admind/state.h"

struct wiring {
	const struct state *state;
	const struct settings *settings;
	char *postgres, *nats, *haproxy; /* folder, program, program; checked */
	char *user;                      /* of the operating system, whom PostgreSQL lets in */
};

void wiring_open(struct wiring *wiring, const struct state *state, const struct settings *settings);
void wiring_close(struct wiring *wiring);

/* Secrets, the sample ecom.yaml, nats.conf. */
bool wiring_write(const struct wiring *wiring, struct failure *failure);

/* Parts of it. A file that has this text already is not written. */
bool wiring_write_nats(const struct wiring *wiring, struct failure *failure);
bool wiring_write_file(const char *path, const char *text, struct failure *failure);

/* The cluster's own files, once there is a cluster. */
bool wiring_write_postgres(const struct wiring *wiring, struct failure *failure);
/* The include line, in the folder that initdb made. */
bool wiring_finish_initdb(const struct wiring *wiring, struct failure *failure);

/* What starts a unit ("catalogd-2"). */
void wiring_launch(const struct wiring *wiring, const struct component *component, const char *unit,
		   struct launch *out);

/* Programs that run once; `log` and `output` are the caller's and live as long as the launch. */
void wiring_initdb(const struct wiring *wiring, struct launch *out);
void wiring_migrate(const struct wiring *wiring, const struct component *component,
		    struct launch *out);
void wiring_config(const struct wiring *wiring, const struct component *component,
		   struct launch *out); /* --print-config */
/* The program `backup`; its arguments are to be added. */
void wiring_backup(const struct wiring *wiring, struct launch *out);

#endif
