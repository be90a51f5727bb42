/* The grants of POST /oauth/token. */
#ifndef ECOM_DAEMONS_USERD_OAUTH_H
#define ECOM_DAEMONS_USERD_OAUTH_H

#include "lib/http/route.h"

task_fn issue_for_client, issue_for_refresh_token;

#endif
