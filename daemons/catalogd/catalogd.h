/* The tables of catalogd. */
#ifndef ECOM_DAEMONS_CATALOGD_CATALOGD_H
#define ECOM_DAEMONS_CATALOGD_CATALOGD_H

#include "lib/db/migrate.h"
#include "lib/http/route.h"

extern const struct route catalogd_routes[];
extern const struct migration catalogd_migrations[];

#endif
