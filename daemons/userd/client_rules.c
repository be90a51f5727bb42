/* Clients: programs with a credential of their own. */
#include "daemons/userd/rules.h"

static const char *const roles[] = { "merchant", "support", "operator", "admin", "service", NULL };
static const char *const audiences[] = { "ecom", "internal", NULL };

const struct field client_rules[] = {
	{ "id", STRING, REQUIRED, .max = 64, .match = "^[a-z][a-z0-9-]*$" },
	{ "role", STRING, REQUIRED, .values = roles },
	{ "audience", STRING, .values = audiences, .fallback = "\"ecom\"",
	  .help = "internal: for services behind the gateway" },
	{ 0 },
};
