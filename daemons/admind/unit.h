/*
 * A unit: one process that should run ("postgres", "catalogd-2"). It is started, adopted, watched,
 * started again with back-off after a crash, and stopped.
 */
#ifndef ECOM_DAEMONS_ADMIND_UNIT_H
#define ECOM_DAEMONS_ADMIND_UNIT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "daemons/admind/component.h"
#include "daemons/admind/record.h"

struct engine;
struct loop_fd;
struct probe;

#define BACKOFF_FIRST_MS 200
#define HEALTHY_MS       60000 /* after so long the next crash starts with the first back-off */

enum unit_state {
	UNIT_WAITING, /* for its time to start */
	UNIT_RUNNING,
	UNIT_STOPPING,
	UNIT_STOPPED, /* for good: the engine forgets it */
};

struct unit {
	struct engine *engine;
	const struct component *component;
	struct record record; /* its name, number, process, restarts */
	enum unit_state state;
	bool ready;     /* as last seen */
	bool was_ready; /* since this process started */
	bool adopted;
	int fd; /* pidfd; -1 */
	struct loop_fd *watch;
	struct probe *probe;
	int64_t start_at_ms; /* UNIT_WAITING */
	int64_t started_ms;  /* UNIT_RUNNING: when */
	int64_t backoff_ms;
	int64_t look_at_ms;             /* the next look at its readiness */
	int64_t then_at_ms, kill_at_ms; /* UNIT_STOPPING */
	char reason[96];                /* how its last process ended */
	TAILQ_ENTRY(unit) link;
};

TAILQ_HEAD(unit_list, unit);

/* Starts at the next tick. */
struct unit *unit_add(struct engine *engine, const struct component *component, int number);
/* Takes over a process that a record told about; false when it is gone. */
bool unit_adopt(struct engine *engine, const struct record *record);
void unit_stop(struct unit *unit);
void unit_tick(struct unit *unit, int64_t now);
void unit_look(struct unit *unit, int64_t now); /* readiness.c */
void unit_free(struct unit *unit);

/* "starting", "ready", "not_ready", "waiting", "stopping". */
const char *unit_state_name(const struct unit *unit);
/* For people and tests: the address that it serves on, from run/<unit>.ports; caller frees. */
char *unit_address(const struct unit *unit, const char *which);

#endif
