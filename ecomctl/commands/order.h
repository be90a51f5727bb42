/* What the files of the noun `order` share. */
#ifndef ECOM_ECOMCTL_ORDER_H
#define ECOM_ECOMCTL_ORDER_H

#include "ecomctl/command.h"

/* Each --<flag> SKU=N as {"sku": SKU, <member>: N} to the array. False: a failure is recorded. */
bool order_parts(struct cli *cli, json_t *parts, const char *flag, const char *member);

enum exit_code order_ship(struct cli *cli);
enum exit_code order_cancel(struct cli *cli);
enum exit_code order_hold(struct cli *cli);
enum exit_code order_resume(struct cli *cli);
enum exit_code order_note(struct cli *cli);
enum exit_code order_export(struct cli *cli);
enum exit_code order_tail(struct cli *cli);

#endif
