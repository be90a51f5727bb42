/* userd verifies tokens with the keys that are in its own database, unless jwks_file says otherwise. */
#ifndef ECOM_DAEMONS_USERD_OWN_KEYS_H
#define ECOM_DAEMONS_USERD_OWN_KEYS_H

struct service;

/* Looks for keys until there are some, and then for new ones every few seconds: a new key signs a
 * minute after it was stored. Loop thread. */
void own_keys_watch(struct service *service);
void own_keys_stop(void);

#endif
