/* Following a backup, a verification or a restore: its lines come from the engine or through a pipe. */
#ifndef ECOM_ECOMCTL_COMMANDS_BACKUP_H
#define ECOM_ECOMCTL_COMMANDS_BACKUP_H

#include <jansson.h>

#include "ecomctl/commands/engine.h"
#include "ecomctl/commands/engine_launch.h"

struct story {
	struct cli *cli;
	json_t *checks; /* what was checked, with its result */
	json_t *done;   /* what was made; NULL: it has not come to its end */
	bool violated, failed;
	struct failure failure;
};

void story_open(struct story *story, struct cli *cli);
void story_close(struct story *story);

/* What the engine has running, until its end; the failure is recorded. */
enum exit_code story_follow_engine(struct story *story);
/* What engine_launch_backup() started, until its end; Ctrl-C ends it. */
enum exit_code story_follow_program(struct story *story, const struct launched *launched);

#endif
