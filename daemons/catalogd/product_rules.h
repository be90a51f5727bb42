/* What a product may be, in requests and in import rows. */
#ifndef ECOM_DAEMONS_CATALOGD_PRODUCT_RULES_H
#define ECOM_DAEMONS_CATALOGD_PRODUCT_RULES_H

#include "lib/http/rules.h"

#define PRODUCT_BODY_MAX (128 << 10) /* bytes; keeps the search vector under PostgreSQL's limit */

extern const struct field product_query[], product_rules[], product_patch_rules[];

/* An import row updates or creates: only its SKU is always needed. */
extern const struct field product_import_rules[];

#endif
