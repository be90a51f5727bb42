/* Rules of returns: bodies and query strings. */
#ifndef ECOM_DAEMONS_ORDERD_RETURN_RULES_H
#define ECOM_DAEMONS_ORDERD_RETURN_RULES_H

#include "lib/http/rules.h"

extern const struct field return_request_rules[], return_approval_rules[], return_refusal_rules[];
extern const struct field return_receipt_rules[], return_refund_rules[];
extern const struct field return_query[], return_preview_query[];

#endif
