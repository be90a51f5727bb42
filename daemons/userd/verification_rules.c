/* Links by mail, and what notifyd asks for. */
#include "daemons/userd/rules.h"
#include "lib/auth/password.h"

#define TOKEN_MAX   100
#define NOTICES_MAX 200

static const char *const purposes[] = { "verify_email", "reset_password", NULL };

static const struct field user_item = { "user", UUID };

static const struct field link_fields[] = {
	{ "id", UUID, REQUIRED, .help = "The request, from its event" },
	{ "user", UUID, REQUIRED },
	{ "purpose", STRING, REQUIRED, .values = purposes },
	{ 0 },
};

static const struct field link_item = { "link", OBJECT, .fields = link_fields };

const struct field verification_rules[] = {
	{ "token", STRING, REQUIRED, .min = 1, .max = TOKEN_MAX, .secret = true,
	  .help = "From the link in the mail" },
	{ 0 },
};

const struct field reset_rules[] = {
	{ "email", EMAIL, REQUIRED },
	{ 0 },
};

const struct field new_password_rules[] = {
	{ "token", STRING, REQUIRED, .min = 1, .max = TOKEN_MAX, .secret = true,
	  .help = "From the link in the mail" },
	{ "password", STRING, REQUIRED, .min = PASSWORD_MIN, .max = PASSWORD_MAX, .secret = true,
	  .help = "Any characters, none of the most common ones" },
	{ 0 },
};

const struct field user_notice_rules[] = {
	{ "users", ARRAY, REQUIRED, .min = 1, .max = NOTICES_MAX, .items = &user_item },
	{ 0 },
};

const struct field user_link_rules[] = {
	{ "links", ARRAY, REQUIRED, .min = 1, .max = NOTICES_MAX, .items = &link_item },
	{ 0 },
};
