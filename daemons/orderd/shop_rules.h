/* Rules of tax rates and shipping methods. */
#ifndef ECOM_DAEMONS_ORDERD_SHOP_RULES_H
#define ECOM_DAEMONS_ORDERD_SHOP_RULES_H

#include "lib/http/rules.h"

extern const struct field shop_page_query[];
extern const struct field tax_rate_rules[], tax_rate_patch_rules[];
extern const struct field shop_patch_rules[];
extern const struct field shipping_method_rules[], shipping_method_patch_rules[];

#endif
