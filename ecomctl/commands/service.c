/* service: list, scale, restart. */
#include "ecomctl/commands/commands.h"

const struct command service_commands[] = { { 0 } };
