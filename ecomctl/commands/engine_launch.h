/* Starting admind: as which user, in which folder, detached, with a pipe for its progress. */
#ifndef ECOM_ECOMCTL_COMMANDS_ENGINE_LAUNCH_H
#define ECOM_ECOMCTL_COMMANDS_ENGINE_LAUNCH_H

#include <sys/types.h>

#include "daemons/admind/failure.h"
#include "daemons/admind/state.h"

#define ENGINE_USER "ecom" /* ECOM_USER names another one */

struct launched {
	pid_t pid;
	int progress; /* lines of daemons/admind/progress.h */
};

/*
 * Started by root, admind runs as the system user, to whom an empty folder is given first. port 0:
 * the engine decides. False with *failure set.
 */
bool engine_launch(const struct state *state, int port, struct launched *out,
		   struct failure *failure);

/* The program `backup` in the same way, with these arguments; `give` (may be NULL) is a folder that it
 * is to own. */
bool engine_launch_backup(char *const *arguments, const struct state *give, struct launched *out,
			  struct failure *failure);

/* Root becomes the owner of the folder, for good: programs that read what lies there may be led by it. */
bool engine_become_owner(const struct state *state, struct failure *failure);

#endif
