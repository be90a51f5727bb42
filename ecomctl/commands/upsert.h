/* set and delete of what has a code and a version: made when it is missing, changed when it is there. */
#ifndef ECOM_ECOMCTL_UPSERT_H
#define ECOM_ECOMCTL_UPSERT_H

#include "ecomctl/command.h"

/*
 * POST of `body` with the members of `identity` added, or PATCH of `body` to the one that the first
 * argument names. The answer is emitted. --if-version is honoured.
 */
enum exit_code upsert_run(struct cli *cli, const json_t *body, const json_t *identity);

/* DELETE of the one that the first argument names, at the version that it has. */
enum exit_code upsert_delete(struct cli *cli);

#endif
