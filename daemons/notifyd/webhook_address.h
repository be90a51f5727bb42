/*
 * Where webhooks may go: to public addresses by https, and anywhere that the option webhook_allow names.
 * Asked with the address of the socket, never with a name.
 */
#ifndef ECOM_DAEMONS_NOTIFYD_WEBHOOK_ADDRESS_H
#define ECOM_DAEMONS_NOTIFYD_WEBHOOK_ADDRESS_H

#include <stdbool.h>

struct sockaddr;

#define WEBHOOK_ALLOW_MAX 64 /* networks */

/*
 * The networks of webhook_allow: "10.1.0.0/16", "fd00::/8", or one address. Ends with NULL; NULL: none.
 * False with *error (the caller frees) naming the entry that is wrong. Before any of the others.
 */
bool webhook_address_open(const char *const *networks, char **error);

/* Is there any such network? Without one, http is refused wherever it goes. */
bool webhook_address_has_allowed(void);

/*
 * True for what webhook_allow names, and with tls also for an address that everybody can reach: in
 * none of the special-purpose networks of IANA (RFC 6890: loopback, private, link-local with its metadata
 * services, shared, multicast, unspecified, documentation), nor in an IPv6 network that has IPv4
 * addresses inside (RFC 4291 section 2.5.5.2 mapped ones count as the IPv4 address they are).
 */
bool webhook_address_is_allowed(const struct sockaddr *address, bool tls);

/* The same for an address as text, in a URL without brackets. False also when it is none, with *is_address
 * telling so. */
bool webhook_address_text_is_allowed(const char *text, bool tls, bool *is_address);

#endif
