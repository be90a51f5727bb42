/* Rules of promotions. */
#ifndef ECOM_DAEMONS_ORDERD_PROMOTION_RULES_H
#define ECOM_DAEMONS_ORDERD_PROMOTION_RULES_H

#include "lib/http/rules.h"

extern const struct field promotion_rules[], promotion_patch_rules[], promotion_query[];
extern const struct field promotion_coupon_rules[], promotion_page_query[];
extern const struct field promotion_explanation_rules[];

/* An item of `coupons` in a body; in any case of letters. */
extern const struct field coupon_item;

#define COUPONS_MAX 10 /* of an order */

#endif
