/* order trace: all that happened for an order, in every service, on one screen. */
#ifndef ECOM_ECOMCTL_COMMANDS_ORDER_TRACE_H
#define ECOM_ECOMCTL_COMMANDS_ORDER_TRACE_H

#include "ecomctl/command.h"

enum exit_code order_trace(struct cli *cli);
extern const struct column order_trace_columns[];

#endif
