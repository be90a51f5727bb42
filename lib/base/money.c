/* Money in minor units of an ISO 4217 currency; "19.99 EUR" for people. */
#include "lib/base/money.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/mem.h"
#include "lib/base/str.h"

/* ISO 4217 list one, active currencies by number of decimals. */
static const struct {
	int exponent;
	const char *codes;
} currencies[] = {
	{ 2, "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP "
	     "BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP "
	     "GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT "
	     "LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN "
	     "NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP "
	     "SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES "
	     "WST XCD YER ZAR ZMW ZWL" },
	{ 0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF" },
	{ 3, "BHD IQD JOD KWD LYD OMR TND" },
};

int money_exponent(const char *currency)
{
	if (strlen(currency) != 3 || strspn(currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3)
		return -1;
	for (size_t i = 0; i < array_size(currencies); i++) {
		if (strstr(currencies[i].codes, currency))
			return currencies[i].exponent;
	}
	return -1;
}

static int64_t power_of_ten(int exponent)
{
	int64_t power = 1;

	while (exponent-- > 0)
		power *= 10;
	return power;
}

void money_format_amount(const struct money *money, char *out)
{
	int exponent = money_exponent(money->currency);
	uint64_t unit = (uint64_t)power_of_ten(exponent);
	uint64_t amount = money->amount < 0 ? -(uint64_t)money->amount : (uint64_t)money->amount;
	const char *sign = money->amount < 0 ? "-" : "";

	if (exponent > 0)
		snprintf(out, MONEY_TEXT_SIZE, "%s%llu.%0*llu", sign,
			 (unsigned long long)(amount / unit), exponent,
			 (unsigned long long)(amount % unit));
	else
		snprintf(out, MONEY_TEXT_SIZE, "%s%llu", sign, (unsigned long long)amount);
}

void money_format(const struct money *money, char *out)
{
	size_t len;

	money_format_amount(money, out);
	len = strlen(out);
	snprintf(out + len, MONEY_TEXT_SIZE - len, " %.3s", money->currency);
}

/* Splits off the currency; returns the length of the number, 0 when there is no currency. */
static size_t currency_find(const char *text, const char *default_currency, char currency[4])
{
	size_t len = strspn(text, "-0123456789.");
	const char *code = text + len + strspn(text + len, " ");

	if (!*code && default_currency)
		code = default_currency;
	if (money_exponent(code) < 0)
		return 0;
	memcpy(currency, code, 4);
	return len;
}

bool money_parse(const char *text, const char *default_currency, struct money *out)
{
	struct money money;
	size_t len = currency_find(text, default_currency, money.currency);
	size_t whole, decimals = 0;
	char digits[24] = "";
	int exponent;

	if (len == 0 || len >= sizeof(digits) - 4)
		return false;
	exponent = money_exponent(money.currency);
	memcpy(digits, text, len);
	whole = strcspn(digits, ".");
	if (whole < len) {
		decimals = len - whole - 1;
		if (decimals == 0 || decimals > (size_t)exponent || whole == 0 ||
		    !isdigit((unsigned char)digits[whole - 1]))
			return false;
		memmove(digits + whole, digits + whole + 1, decimals + 1);
	}
	memset(digits + whole + decimals, '0', (size_t)exponent - decimals);
	if (!str_to_int(digits, -INT64_C(1000000000000000), INT64_C(1000000000000000),
			&money.amount))
		return false;
	*out = money;
	return true;
}
