/*
 * The backup or verification that the engine has running: the program `backup` as a child, which tells
 * its progress into run/backup.progress. One at a time. The engine never waits for it: it looks.
 */
#ifndef ECOM_DAEMONS_ADMIND_BACKUP_WORK_H
#define ECOM_DAEMONS_ADMIND_BACKUP_WORK_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "daemons/admind/child.h"
#include "daemons/admind/state.h"

struct engine;

struct backup_work {
	struct task task;
	char kind[16];      /* "create", "verify"; empty: there was none since the engine started */
	int64_t look_at_ms; /* when to look whether a scheduled one is due */
};

/* Begins one. to NULL: STATE/backup. False with *failure set. */
bool backup_work_create(struct engine *engine, const char *kind, const char *to,
			struct failure *failure);
bool backup_work_verify(struct engine *engine, const char *backup, struct failure *failure);

bool backup_work_runs(struct engine *engine);
/* Of the last one, which has ended. */
bool backup_work_result(struct engine *engine, struct failure *failure);

/* {"kind", "state": "running" | "done" | "failed" | "none", "why", "lines": […]}. New reference. */
json_t *backup_work_view(struct engine *engine);

/* At a tick: begins a scheduled one when the newest is older than backup_every. */
void backup_work_tick(struct engine *engine);
void backup_work_free(struct engine *engine);

#endif
