/* What people want to be told: bodies and query strings. */
#include "daemons/notifyd/preference_rules.h"

#define TOKEN_MAX 100

static const struct field category_rules[] = {
	{ "order", BOOL, .help = "About one's orders, returns and refunds" },
	{ "marketing", BOOL, .help = "Reminders of what is in a cart, and offers" },
	{ 0 },
};

const struct field preference_rules[] = {
	{ "email", OBJECT, .fields = category_rules },
	{ "sms", OBJECT, .fields = category_rules },
	{ 0 },
};

const struct field preference_query[] = {
	{ "owner", STRING, REQUIRED, .min = 1, .max = 100,
	  .help = "Whose: the id of a user, or guest: and an id" },
	{ 0 },
};

const struct field unsubscription_rules[] = {
	{ "token", STRING, REQUIRED, .min = 1, .max = TOKEN_MAX, .secret = true,
	  .help = "From the link of a mail" },
	{ 0 },
};
