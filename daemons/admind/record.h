/*
 * run/<unit>.child: which process serves as which unit. Written as soon as the process exists and
 * removed when it is gone, so that the next engine adopts what still serves and `down` finds
 * everything, whoever died in between.
 */
#ifndef ECOM_DAEMONS_ADMIND_RECORD_H
#define ECOM_DAEMONS_ADMIND_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "daemons/admind/process.h"
#include "daemons/admind/state.h"

#define UNIT_NAME_MAX 48
#define RECORDS_MAX   128

/* In the environment of everything we start: finds processes that no record knows. */
#define RECORD_VARIABLE "ECOM_RUN_DIR"

struct record {
	char unit[UNIT_NAME_MAX];      /* "catalogd-2", "postgres" */
	char component[UNIT_NAME_MAX]; /* "catalogd" */
	int number;                    /* 2; 0 where there is only one */
	struct process process;
	char exe[256];
	char version[32];
	int restarts; /* after a crash, since the unit was last started on purpose */
};

bool record_write(const struct state *state, const struct record *record);
bool record_read(const struct state *state, const char *unit, struct record *out);
void record_remove(const struct state *state, const char *unit);

/* The process of the record still runs: same pid, start time, boot and program. */
bool record_is_alive(const struct record *record);

/* All records, alive or not; at most RECORDS_MAX. The caller frees the array. */
struct record *records_read(const struct state *state, size_t *count);

/*
 * Processes of this state folder that no record knows (an engine was killed between starting one
 * and writing it down). At most `max`.
 */
size_t records_find_strays(const struct state *state, struct process *strays, size_t max);

#endif
