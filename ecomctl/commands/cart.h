/* What the files of the noun `cart` share. */
#ifndef ECOM_ECOMCTL_CART_H
#define ECOM_ECOMCTL_CART_H

#include "ecomctl/command.h"

/* The cart of the first argument; NULL: recorded failure. New reference. */
json_t *cart_fetch(struct cli *cli);

/* A call about it, with its path below /v1/carts/{}; the answer is emitted. */
enum exit_code cart_change(struct cli *cli, const char *method, const char *path, json_t *body);

/* With price, as orders and previews take them: without names and totals. New reference. */
json_t *cart_order_lines(const json_t *cart);

enum exit_code cart_checkout(struct cli *cli);
extern const struct flag checkout_flags[];
extern const struct column checkout_columns[];

#endif
