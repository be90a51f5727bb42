/* A PostgreSQL of one's own on the folder of a cluster: a socket in a private folder, no network, no
 * archiving, ended by whoever started it. For verifying and restoring backups. Blocking. */
#ifndef ECOM_DAEMONS_ADMIND_SCRATCH_H
#define ECOM_DAEMONS_ADMIND_SCRATCH_H

#include <stdbool.h>

#include "daemons/admind/child.h"

struct scratch {
	struct task task;
	char *socket; /* its folder */
};

/*
 * Starts it and waits until it takes connections: it may have to replay a log first. `programs` is the
 * folder of PostgreSQL's programs; `log` the file of its log; `durable` false: nothing is flushed.
 */
bool scratch_start(struct scratch *scratch, const char *programs, const char *cluster,
		   const char *log, bool durable, struct failure *failure);
/* As the superuser. The caller frees. */
char *scratch_url(const struct scratch *scratch, const char *database);
/* Ends it and waits. False with *failure set when it did not end in order; may be called again. */
bool scratch_stop(struct scratch *scratch, struct failure *failure);

#endif
