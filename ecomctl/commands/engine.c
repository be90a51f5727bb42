/* up, down, status, doctor: the shop on this machine. */
#include "ecomctl/commands/commands.h"

const struct command engine_commands[] = { { 0 } };
