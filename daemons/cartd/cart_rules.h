/* Carts: bodies and query strings. */
#ifndef ECOM_DAEMONS_CARTD_CART_RULES_H
#define ECOM_DAEMONS_CARTD_CART_RULES_H

#include "lib/http/rules.h"

extern const struct field cart_rules[], cart_query[];
extern const struct field cart_line_rules[], cart_line_patch_rules[];
extern const struct field cart_coupon_rules[];
extern const struct field cart_validation_rules[], cart_merge_rules[], cart_snapshot_rules[];
extern const struct field cart_notice_rules[];

#endif
