/*
 * An orchestrator runs the instances of the services: processes of this machine (local.c), later
 * containers of Docker, Swarm or Kubernetes. The words are the same everywhere.
 */
#ifndef ECOM_DAEMONS_ADMIND_ORCHESTRATOR_H
#define ECOM_DAEMONS_ADMIND_ORCHESTRATOR_H

#include <stdbool.h>

#include <jansson.h>

#include "lib/http/problem.h"

/* Why an orchestrator refuses; detail is one line. */
struct refusal {
	const struct problem *problem;
	char detail[256];
};

struct orchestrator {
	const char *name;
	/* New references; a service is as view_service() shows it. */
	json_t *(*list)(void);
	json_t *(*status)(void);
	/* The service as it is to become, or NULL with *refusal set. `current` is what the caller
	 * believes to be the number of replicas; -1: it does not say. */
	json_t *(*scale)(const char *service, int replicas, int current, struct refusal *refusal);
	json_t *(*restart)(const char *service, struct refusal *refusal);
	bool (*shutdown)(void);
};

extern const struct orchestrator local_orchestrator;

extern const struct problem PROBLEM_NO_SUCH_SERVICE, PROBLEM_NOT_SCALABLE,
	PROBLEM_REPLICAS_OUT_OF_RANGE, PROBLEM_REPLICAS_CHANGED, PROBLEM_CONNECTION_BUDGET,
	PROBLEM_ENGINE_NOT_READY;

#endif
