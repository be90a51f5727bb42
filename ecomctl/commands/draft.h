/* Draft orders from files: YAML, JSON and NDJSON. */
#ifndef ECOM_ECOMCTL_DRAFT_H
#define ECOM_ECOMCTL_DRAFT_H

#include <jansson.h>

#include "ecomctl/command.h"

/*
 * The documents of a file ("-": standard input) as [{"line": where it begins, "body": {…}}]; new
 * reference. YAML and JSON may hold several, one after the other or in a list; `price`, `discount` and
 * `shipping` may be written "19.99EUR". NULL: a failure with its line is recorded.
 */
json_t *drafts_read(struct cli *cli, const char *path);

/* The documents of a YAML text, into `out`; false with a failure recorded. `path` is for messages. */
bool drafts_read_yaml(struct cli *cli, const char *path, const char *text, size_t len, json_t *out);

#endif
