/* Options of userd alone. */
#include "daemons/userd/userd.h"

#define MINUTES(n) ((int64_t)(n)*60 * 1000)
#define DAYS(n)    MINUTES((n)*24 * 60)

const struct option userd_options[] = {
	{ "access_token_life", OPTION_DURATION, "15m", MINUTES(1), MINUTES(60),
	  "how long an access token is valid" },
	{ "refresh_token_life", OPTION_DURATION, "30d", MINUTES(60), DAYS(365),
	  "how long a session lives without being used" },
	{ "session_life", OPTION_DURATION, "90d", MINUTES(60), DAYS(3650),
	  "how long a session lives at most" },
	{ "guest_token_life", OPTION_DURATION, "30d", MINUTES(60), DAYS(365),
	  "how long a guest's token is valid, and with it the way to his cart and orders" },
	{ "signing_key_life", OPTION_DURATION, "90d", DAYS(1), DAYS(3650),
	  "when a new key for access tokens is made" },
	{ "retention_sessions", OPTION_DURATION, "30d", DAYS(1), DAYS(3650),
	  "how long a session is kept after its end, for questions" },
	{ "bootstrap_clients", OPTION_STRING, NULL, 0, 0,
	  "folder with a file per client: its name is the client's id, its first line the secret" },
	{ 0 },
};
