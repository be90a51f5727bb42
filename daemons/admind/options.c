/* admind's own options. */
#include "daemons/admind/options.h"

const struct option admind_options[] = {
	{ "state", OPTION_STRING, NULL, .help = "State folder of the shop" },
	{ "port", OPTION_INT, "0", 0, 65533,
	  "Port of the shop API; admin and internal follow. 0: the one of the last start" },
	{ "restart_most", OPTION_DURATION, "30s", 200, 600000,
	  "Longest wait before a program that ended is started again; it begins with 200 ms and "
	  "doubles" },
	{ "backup_keep", OPTION_INT, "7", 1, 10000,
	  "So many backups stay in a folder; a new one removes the oldest" },
	{ "backup_every", OPTION_DURATION, "0", 0, 2592000000,
	  "Makes a backup when the newest is older than this, such as 24h. 0: only when told to" },
	{ "backup_pause_most", OPTION_DURATION, "60s", 1000, 3600000,
	  "When a service's database is on another cluster, a backup pauses all writes; one that "
	  "would do so for longer is given up" },
	{ 0 },
};
