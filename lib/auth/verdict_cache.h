/* Verified tokens by their SHA-256: bounded, the least recently used goes first. Private to lib/auth. */
#ifndef ECOM_LIB_AUTH_VERDICT_CACHE_H
#define ECOM_LIB_AUTH_VERDICT_CACHE_H

#include <stdbool.h>

#include "lib/auth/identity.h"
#include "lib/base/hash.h"

#define VERDICT_CACHE_MAX 4096

struct verdict_cache;

struct verdict_cache *verdict_cache_new(void);
void verdict_cache_free(struct verdict_cache *cache);

/* NULL: not there. Valid until the next call that changes the cache. */
const struct identity *verdict_cache_find(struct verdict_cache *cache,
					  const unsigned char digest[HASH_SIZE]);

/* Takes the identity; the digest is not in the cache yet. kid: the key that signed it. */
void verdict_cache_add(struct verdict_cache *cache, const unsigned char digest[HASH_SIZE],
		       const char *kid, struct identity *identity);

void verdict_cache_remove(struct verdict_cache *cache, const unsigned char digest[HASH_SIZE]);

/* Drops every verdict whose key `keep` answers false for. */
typedef bool verdict_keep_fn(const char *kid, void *arg);
void verdict_cache_filter(struct verdict_cache *cache, verdict_keep_fn *keep, void *arg);

#endif
