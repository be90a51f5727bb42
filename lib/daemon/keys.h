/*
 * The key set that tokens are verified with: from jwks_file, or from userd's direct listener as
 * the registry names it, fetched by a short-lived thread. The last copy is kept in cache_dir, so
 * that a daemon that starts while userd is away knows the keys.
 */
#ifndef ECOM_LIB_DAEMON_KEYS_H
#define ECOM_LIB_DAEMON_KEYS_H

#include <stddef.h>

struct keys;
struct service;

/* Called on the loop's thread with each key set that differs from the one before. */
typedef void keys_fn(void *arg, const char *jwks, size_t len);

struct keys *keys_start(struct service *service, keys_fn *fn, void *arg);
void keys_stop(struct keys *keys);

/* A token named a key that we do not have: fetches soon, at most every 20 seconds. */
void keys_refresh(struct keys *keys);

#endif
