/* Rules of draft orders. */
#ifndef ECOM_DAEMONS_ORDERD_DRAFT_RULES_H
#define ECOM_DAEMONS_ORDERD_DRAFT_RULES_H

#include "lib/http/rules.h"

extern const struct field draft_rules[], draft_patch_rules[], draft_place_rules[], draft_query[];

#endif
