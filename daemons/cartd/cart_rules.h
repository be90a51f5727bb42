/* Carts: bodies and query strings. */
#ifndef ECOM_DAEMONS_CARTD_CART_RULES_H
#define ECOM_DAEMONS_CARTD_CART_RULES_H

#include "lib/http/rules.h"

extern const struct field cart_rules[], cart_query[];
extern const struct field line_rules[], line_patch_rules[];
extern const struct field validation_rules[], merge_rules[], snapshot_rules[];

#endif
