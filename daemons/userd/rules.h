/* What the bodies and query strings of userd's routes may hold. */
#ifndef ECOM_DAEMONS_USERD_RULES_H
#define ECOM_DAEMONS_USERD_RULES_H

#include "lib/http/rules.h"

/* Of what people read later on a terminal or an envelope: one line. */
#define ONE_LINE "^[^[:cntrl:]]+$"

extern const struct field page_query[];
extern const struct field user_query[], registration_rules[], me_patch_rules[], user_roles_rules[];
extern const struct field address_rules[], address_patch_rules[];
extern const struct field login_rules[], token_rules[], revocation_rules[];
extern const struct field client_rules[];
extern const struct field verification_rules[], reset_rules[], new_password_rules[];
extern const struct field user_notice_rules[], user_link_rules[];

#endif
