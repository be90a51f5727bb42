/* Users. */
#include "daemons/userd/rules.h"
#include "lib/auth/password.h"

#define LOCALE_FORM "^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"

const struct field page_query[] = {
	{ "after", CURSOR, .help = "The `next` of the page before" },
	{ "limit", INT, .min = 1, .max = 100, .fallback = "20", .help = "Rows of a page" },
	{ 0 },
};

const struct field user_query[] = {
	{ "email", EMAIL, .help = "Only the user with this address" },
	{ "after", CURSOR, .help = "The `next` of the page before" },
	{ "limit", INT, .min = 1, .max = 100, .fallback = "20", .help = "Rows of a page" },
	{ 0 },
};

const struct field registration_rules[] = {
	{ "email", EMAIL, REQUIRED, .help = "Kept in lower case" },
	{ "password", STRING, REQUIRED, .min = PASSWORD_MIN, .max = PASSWORD_MAX, .secret = true,
	  .help = "Any characters, none of the most common ones" },
	{ "name", STRING, REQUIRED, .min = 1, .max = 200, .match = ONE_LINE },
	{ "locale", STRING, .match = LOCALE_FORM, .help = "Of mails to the user: de, or de-AT" },
	{ 0 },
};

const struct field me_patch_rules[] = {
	{ "name", STRING, .min = 1, .max = 200, .match = ONE_LINE },
	{ "locale", STRING, .match = LOCALE_FORM, .nullable = true,
	  .help = "Of mails to the user; null: as the shop's" },
	{ 0 },
};

static const char *const roles[] = { "customer", "merchant", "support", "operator", "admin", NULL };

static const struct field role_item = { "role", STRING, .values = roles };

const struct field user_roles_rules[] = {
	{ "roles", ARRAY, REQUIRED, .max = 10, .items = &role_item,
	  .help = "All roles of the user from now on" },
	{ 0 },
};
