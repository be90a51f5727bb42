/* Programs that a blocking program runs and waits for: pg_basebackup, tar, a PostgreSQL of one's own. */
#ifndef ECOM_DAEMONS_ADMIND_ONCE_H
#define ECOM_DAEMONS_ADMIND_ONCE_H

#include <stdbool.h>
#include <stdint.h>

#include "daemons/admind/child.h"

/* SIGTERM, SIGINT and SIGHUP end what runs and then us, in order. Call once. */
void once_open(void);
bool once_interrupted(struct failure *failure); /* then with *failure set */

/* The environment of such a program. */
void once_environment(struct launch *launch);

/*
 * Runs it to its end, with its output in logs/<name>.log; frees the launch. False with *failure set:
 * "<what> failed: <last line>".
 */
bool once_run(const char *logs, const char *name, struct launch *launch, const char *what,
	      struct failure *failure);

/* The same, ended when it takes longer than most_ms. 0: no limit. */
bool once_run_within(const char *logs, const char *name, struct launch *launch, const char *what,
		     int64_t most_ms, struct failure *failure);

#endif
