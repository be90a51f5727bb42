/* The commands about events, for each other. */
#ifndef ECOM_ECOMCTL_COMMANDS_EVENT_H
#define ECOM_ECOMCTL_COMMANDS_EVENT_H

#include "ecomctl/command.h"

extern const struct column event_columns[];

enum exit_code event_tail(struct cli *cli);

#endif
