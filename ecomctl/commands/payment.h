/* What the commands about money share. */
#ifndef ECOM_ECOMCTL_PAYMENT_H
#define ECOM_ECOMCTL_PAYMENT_H

#include "ecomctl/command.h"
#include "lib/base/money.h"

/* POST to the path with the first argument in it; NULL after recording a failure. */
json_t *payment_post(struct cli *cli, const char *pattern, const json_t *body);

/* Emits one record, if there is one, and takes it. */
enum exit_code payment_show(struct cli *cli, json_t *record);

/* The flag, if given, as minor units into body; it must be in the currency of `money`. False: a failure
 * is recorded. */
bool payment_minor(struct cli *cli, json_t *body, const char *flag, const json_t *money);

/* The same of --amount. */
bool payment_amount(struct cli *cli, json_t *body, const json_t *money);

enum exit_code payment_record(struct cli *cli), refund_record(struct cli *cli),
	payment_write_off(struct cli *cli);
extern const struct argument payment_record_args[];
extern const struct flag payment_record_flags[], refund_record_flags[], payment_write_off_flags[];

enum exit_code payment_reconcile(struct cli *cli);
extern const struct argument reconcile_args[];
extern const struct flag reconcile_flags[];
extern const struct column reconcile_columns[];

#endif
