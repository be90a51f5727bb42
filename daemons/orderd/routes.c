/* Every endpoint of orderd. */
#include "daemons/orderd/orderd.h"

#include "daemons/orderd/sql.h"

const struct route orderd_routes[] = {
	{ 0 },
};
