/* engine.json: what the engine was told (ports, replicas) and what it chose (the port of NATS). */
#ifndef ECOM_DAEMONS_ADMIND_SETTINGS_H
#define ECOM_DAEMONS_ADMIND_SETTINGS_H

#include <stdbool.h>

#include "daemons/admind/component.h"
#include "daemons/admind/state.h"

#define DEFAULT_PORT   8080
#define COMPONENTS_MAX 16

struct settings {
	int port;      /* of the shop API; admin and internal follow; 0: not chosen yet */
	int nats_port; /* 0: not chosen yet */
	int replicas[COMPONENTS_MAX]; /* wanted, by the index in components[]; 0: the least */
};

/* No file gives zeros; a file that cannot be understood is a failure. */
bool settings_load(const struct state *state, struct settings *out, struct failure *failure);
bool settings_save(const struct state *state, const struct settings *settings,
		   struct failure *failure);

/* Wanted replicas of a component, within its range. */
int settings_replicas(const struct settings *settings, const struct component *component);
void settings_set_replicas(struct settings *settings, const struct component *component,
			   int replicas);

#endif
