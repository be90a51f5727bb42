/* admind's own options. */
#ifndef ECOM_DAEMONS_ADMIND_OPTIONS_H
#define ECOM_DAEMONS_ADMIND_OPTIONS_H

#include "lib/base/options.h"

extern const struct option admind_options[];

#endif
