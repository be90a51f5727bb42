/* The tables of commands/, one per file; ecomctl/tree.c puts them together. */
#ifndef ECOM_ECOMCTL_COMMANDS_H
#define ECOM_ECOMCTL_COMMANDS_H

#include "ecomctl/command.h"

/* Each ends with an all-zero row. */
extern const struct command api_commands[];
extern const struct command auth_commands[]; /* auth token */
extern const struct command backup_commands[];
extern const struct command cart_commands[];
extern const struct command category_commands[];
extern const struct command context_commands[];
extern const struct command draft_commands[];
extern const struct command engine_commands[]; /* up, down, status, doctor */
extern const struct command event_commands[];
extern const struct command help_commands[]; /* help, version, completion */
extern const struct command invoice_commands[];
extern const struct command job_commands[];
extern const struct command order_commands[];
extern const struct command ledger_commands[];
extern const struct command payment_commands[];
extern const struct command product_commands[];
extern const struct command notification_commands[];
extern const struct command promo_commands[];
extern const struct command refund_commands[];
extern const struct command return_commands[];
extern const struct command service_commands[];
extern const struct command session_commands[]; /* login, logout, whoami */
extern const struct command shipping_commands[];
extern const struct command shop_commands[];
extern const struct command stock_commands[];
extern const struct command location_commands[];
extern const struct command tax_commands[];
extern const struct command webhook_commands[];

#endif
