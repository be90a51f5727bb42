/*
 * The state folder: everything that a shop of the local engine keeps.
 *
 *	VERSION    of the program that last finished a start; written last
 *	ecom.yaml  the operator's options; engine.json what the engine was told and chose
 *	postgres/ nats/ gateway/ secrets/ run/ log/ cache/ backup/
 *
 * The folder belongs to one user, is mode 0700, and has at most one engine (a lock on run/lock).
 */
#ifndef ECOM_DAEMONS_ADMIND_STATE_H
#define ECOM_DAEMONS_ADMIND_STATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "daemons/admind/failure.h"

/* A Unix socket's path has at most 107 bytes, and HAProxy binds `run/haproxy-master.sock` under
 * a longer temporary name first. */
#define STATE_PATH_MAX 70
#define STATE_DISK_MIN (512LL << 20) /* bytes free before a start */
#define STATE_SOCKET   "run/admind.sock"

struct state {
	char *dir;        /* absolute, no slash at the end */
	char *run;        /* dir/run */
	int lock;         /* -1: not locked */
	bool is_new;      /* no start has finished yet: there is no VERSION */
	char version[32]; /* of the program that last finished a start; empty when is_new */
};

/* A path inside the folder; the caller frees. */
char *state_path(const struct state *state, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * state_find only names the folder (it need not exist). state_open checks it as the user who will
 * own everything in it, makes what is missing, and takes the lock. NULL with *failure set.
 */
struct state *state_find(const char *dir, struct failure *failure);
struct state *state_open(const char *dir, struct failure *failure);
void state_free(struct state *state); /* gives the lock back */

/* The parts of state_open, for doctor; each false with *failure set. */
bool state_check_owner(const struct state *state, struct failure *failure);
bool state_check_disk(const struct state *state, struct failure *failure);
bool state_check_version(struct state *state, struct failure *failure);

bool state_lock(struct state *state);
/* Somebody has the lock: an engine runs. Its pid, as it wrote it down; 0 when that cannot be read,
 * or is no process of the folder's owner. */
bool state_is_locked(const struct state *state);
pid_t state_lock_holder(const struct state *state);

/* We may look into it, or it does not exist. */
bool state_check_access(const struct state *state, struct failure *failure);

/* Marks a finished start of this program. */
bool state_write_version(struct state *state, struct failure *failure);

/* secrets/<name>, made once from 32 random bytes, mode 0600. */
bool state_make_secret(const struct state *state, const char *name, struct failure *failure);

/*
 * Its first line; NULL with *failure set. Only a file of the folder's owner: root reads nothing for
 * him that he may not read himself. The caller wipes and frees.
 */
char *state_read_secret(const struct state *state, const char *name, struct failure *failure);

/* -1, 0 or 1: versions such as 0.9.0 and 0.10.1 compared number by number. */
int version_compare(const char *a, const char *b);

#endif
