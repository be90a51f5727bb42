/*
 * Payments by hand: bank transfer, cash on delivery, invoice. Nobody is called; staff say what came
 * in and what went out (schema/0011-manual.sql), and until then operations are pending.
 */
#ifndef ECOM_DAEMONS_PAYMENTD_MANUAL_H
#define ECOM_DAEMONS_PAYMENTD_MANUAL_H

#include "lib/http/rules.h"

#define MANUAL_TOKENS "manual_" /* its tokens begin so */

extern const struct provider manual_provider;

extern const struct field manual_record_rules[], manual_refund_rules[];

#endif
