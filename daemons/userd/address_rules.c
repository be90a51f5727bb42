/* Addresses. */
#include "daemons/userd/rules.h"

#define COUNTRY "^[A-Z]{2}$"
#define PHONE   "^\\+?[0-9 ()/.-]+$"

const struct field address_rules[] = {
	{ "name", STRING, REQUIRED, .min = 1, .max = 200, .match = ONE_LINE },
	{ "company", STRING, .min = 1, .max = 200, .match = ONE_LINE, .nullable = true },
	{ "line1", STRING, REQUIRED, .min = 1, .max = 200, .match = ONE_LINE },
	{ "line2", STRING, .min = 1, .max = 200, .match = ONE_LINE, .nullable = true },
	{ "postal_code", STRING, .min = 1, .max = 20, .match = ONE_LINE, .nullable = true },
	{ "city", STRING, REQUIRED, .min = 1, .max = 100, .match = ONE_LINE },
	{ "region", STRING, .min = 1, .max = 100, .match = ONE_LINE, .nullable = true },
	{ "country", STRING, REQUIRED, .match = COUNTRY, .help = "ISO 3166-1 alpha-2" },
	{ "phone", STRING, .min = 3, .max = 30, .match = PHONE, .nullable = true },
	{ 0 },
};

const struct field address_patch_rules[] = {
	{ "name", STRING, .min = 1, .max = 200, .match = ONE_LINE },
	{ "company", STRING, .min = 1, .max = 200, .match = ONE_LINE, .nullable = true },
	{ "line1", STRING, .min = 1, .max = 200, .match = ONE_LINE },
	{ "line2", STRING, .min = 1, .max = 200, .match = ONE_LINE, .nullable = true },
	{ "postal_code", STRING, .min = 1, .max = 20, .match = ONE_LINE, .nullable = true },
	{ "city", STRING, .min = 1, .max = 100, .match = ONE_LINE },
	{ "region", STRING, .min = 1, .max = 100, .match = ONE_LINE, .nullable = true },
	{ "country", STRING, .match = COUNTRY, .help = "ISO 3166-1 alpha-2" },
	{ "phone", STRING, .min = 3, .max = 30, .match = PHONE, .nullable = true },
	{ 0 },
};
