/* What a category may be. */
#ifndef ECOM_DAEMONS_CATALOGD_CATEGORY_RULES_H
#define ECOM_DAEMONS_CATALOGD_CATEGORY_RULES_H

#include "lib/http/rules.h"

extern const struct field category_query[], category_rules[], category_patch_rules[];

#endif
