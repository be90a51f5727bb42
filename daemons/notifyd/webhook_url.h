/* URLs of webhooks, as far as they can be judged before a name is resolved. */
#ifndef ECOM_DAEMONS_NOTIFYD_WEBHOOK_URL_H
#define ECOM_DAEMONS_NOTIFYD_WEBHOOK_URL_H

#include <stdbool.h>

#define WEBHOOK_URL_MAX 2000 /* bytes */

/*
 * What is wrong with it, in a few words for an error; NULL: nothing. It is read by libcurl's own parser, so
 * what is judged is what is called: http or https, a host, neither user nor password nor fragment; an address
 * instead of a name must be an allowed one (webhook_address.h), and http needs webhook_allow.
 */
const char *webhook_url_fault(const char *url);

bool webhook_url_is_tls(const char *url); /* of one without fault */

#endif
