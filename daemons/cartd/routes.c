/* Every endpoint of cartd. */
#include "daemons/cartd/cartd.h"

#include "daemons/cartd/sql.h"

const struct route cartd_routes[] = {
	{ 0 },
};
