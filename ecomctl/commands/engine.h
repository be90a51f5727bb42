/* The commands of the shop on this machine, and what they share. */
#ifndef ECOM_ECOMCTL_COMMANDS_ENGINE_H
#define ECOM_ECOMCTL_COMMANDS_ENGINE_H

#include "daemons/admind/failure.h"
#include "daemons/admind/state.h"
#include "ecomctl/command.h"

enum exit_code engine_up(struct cli *cli);
enum exit_code engine_down(struct cli *cli);
enum exit_code engine_status(struct cli *cli);
enum exit_code engine_doctor(struct cli *cli);

/* Where a shop is when nobody says otherwise; the caller frees. */
char *engine_default_folder(void);

/*
 * The state folder that is meant: --state, else the context's, else the usual one. Calls of
 * API_ENGINE go to its socket from now on. NULL after recording a failure; free with state_free().
 */
struct state *engine_find(struct cli *cli);
void engine_use(struct cli *cli, const struct state *state);

/* The context is of a shop on another machine, and no --state says otherwise. */
bool engine_is_remote(struct cli *cli);

/* Records the failure of a check. */
enum exit_code engine_fail(struct cli *cli, enum exit_code code, const struct failure *failure);

/* One call to the engine that is allowed to fail: NULL when no engine answers. */
json_t *engine_ask(struct cli *cli, const struct state *state, const char *path);

/* Asks the engine to end the shop, or ends it without one. Waits. */
enum exit_code engine_stop(struct cli *cli, struct state *state);

#endif
