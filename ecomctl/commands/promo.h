/* What the files of the noun `promo` share. */
#ifndef ECOM_ECOMCTL_PROMO_H
#define ECOM_ECOMCTL_PROMO_H

#include "ecomctl/command.h"

enum exit_code promo_coupon(struct cli *cli);
extern const struct argument promo_coupon_arguments[];
extern const struct flag promo_coupon_flags[];
extern const struct column promo_coupon_columns[];

enum exit_code promo_redemptions(struct cli *cli);
extern const struct column promo_redemption_columns[];

enum exit_code promo_explain(struct cli *cli);
extern const struct flag promo_explain_flags[];
extern const struct column promo_explain_columns[];

#endif
