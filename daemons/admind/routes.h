/* admind's endpoints. */
#ifndef ECOM_DAEMONS_ADMIND_ROUTES_H
#define ECOM_DAEMONS_ADMIND_ROUTES_H

#include "lib/http/route.h"

extern const struct route admind_routes[];

#endif
