/* admind's own options. */
#include "daemons/admind/options.h"

const struct option admind_options[] = {
	{ "state", OPTION_STRING, NULL, .help = "State folder of the shop" },
	{ "port", OPTION_INT, "0", 0, 65533,
	  "Port of the shop API; admin and internal follow. 0: the one of the last start" },
	{ 0 },
};
