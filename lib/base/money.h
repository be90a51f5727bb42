/* Money in minor units of an ISO 4217 currency; "19.99 EUR" for people. */
#ifndef ECOM_LIB_BASE_MONEY_H
#define ECOM_LIB_BASE_MONEY_H

#include <stdbool.h>
#include <stdint.h>

struct money {
	int64_t amount;   /* minor units: 1999 is 19.99 EUR, 1999 JPY */
	char currency[4]; /* ISO 4217, upper case */
};

#define MONEY_TEXT_SIZE 32

/* Decimals of the currency (EUR 2, JPY 0, KWD 3), or -1 for a code that ISO 4217 does not list. */
int money_exponent(const char *currency);

/* "19.99 EUR"; out holds MONEY_TEXT_SIZE bytes. */
void money_format(const struct money *money, char *out);

/* "19.99" alone, as a CSV cell beside its currency. */
void money_format_amount(const struct money *money, char *out);

/*
 * "19.99 EUR", "19.99EUR" or, with a default currency, "19.99". Exact: more decimals than the
 * currency has, a sign other than a leading '-', or grouping is refused. NULL: no default.
 */
bool money_parse(const char *text, const char *default_currency, struct money *out);

#endif
