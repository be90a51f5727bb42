/* Verified tokens by their SHA-256: bounded, the least recently used goes first. */
#include "lib/auth/verdict_cache.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "lib/auth/key_set.h"
#include "lib/base/mem.h"

#define BUCKETS 4096

struct entry {
	LIST_ENTRY(entry) in_bucket;
	TAILQ_ENTRY(entry) by_use;
	unsigned char digest[HASH_SIZE];
	char kid[KEY_ID_MAX + 1];
	struct identity *identity;
};

struct verdict_cache {
	size_t count;
	TAILQ_HEAD(by_use, entry) by_use; /* the most recently used first */
	LIST_HEAD(bucket, entry) buckets[BUCKETS];
};

struct verdict_cache *verdict_cache_new(void)
{
	struct verdict_cache *cache = xcalloc(1, sizeof(*cache));

	TAILQ_INIT(&cache->by_use);
	return cache;
}

/* The digest is as good as random: its first bytes are the hash. */
static struct bucket *bucket_of(struct verdict_cache *cache, const unsigned char *digest)
{
	return &cache->buckets[(digest[0] << 8 | digest[1]) % BUCKETS];
}

static struct entry *entry_find(struct verdict_cache *cache, const unsigned char *digest)
{
	struct entry *entry;

	LIST_FOREACH (entry, bucket_of(cache, digest), in_bucket) {
		if (memcmp(entry->digest, digest, HASH_SIZE) == 0)
			return entry;
	}
	return NULL;
}

static void entry_drop(struct verdict_cache *cache, struct entry *entry)
{
	LIST_REMOVE(entry, in_bucket);
	TAILQ_REMOVE(&cache->by_use, entry, by_use);
	cache->count--;
	free(entry->identity);
	free(entry);
}

void verdict_cache_free(struct verdict_cache *cache)
{
	struct entry *entry;

	if (!cache)
		return;
	while ((entry = TAILQ_FIRST(&cache->by_use)))
		entry_drop(cache, entry);
	free(cache);
}

const struct identity *verdict_cache_find(struct verdict_cache *cache,
					  const unsigned char digest[HASH_SIZE])
{
	struct entry *entry = entry_find(cache, digest);

	if (!entry)
		return NULL;
	TAILQ_REMOVE(&cache->by_use, entry, by_use);
	TAILQ_INSERT_HEAD(&cache->by_use, entry, by_use);
	return entry->identity;
}

void verdict_cache_add(struct verdict_cache *cache, const unsigned char digest[HASH_SIZE],
		       const char *kid, struct identity *identity)
{
	struct entry *entry = xcalloc(1, sizeof(*entry));

	if (cache->count == VERDICT_CACHE_MAX)
		entry_drop(cache, TAILQ_LAST(&cache->by_use, by_use));
	memcpy(entry->digest, digest, HASH_SIZE);
	memcpy(entry->kid, kid, strlen(kid) + 1);
	entry->identity = identity;
	LIST_INSERT_HEAD(bucket_of(cache, digest), entry, in_bucket);
	TAILQ_INSERT_HEAD(&cache->by_use, entry, by_use);
	cache->count++;
}

void verdict_cache_remove(struct verdict_cache *cache, const unsigned char digest[HASH_SIZE])
{
	struct entry *entry = entry_find(cache, digest);

	if (entry)
		entry_drop(cache, entry);
}

void verdict_cache_filter(struct verdict_cache *cache, verdict_keep_fn *keep, void *arg)
{
	struct entry *entry, *next;

	for (entry = TAILQ_FIRST(&cache->by_use); entry; entry = next) {
		next = TAILQ_NEXT(entry, by_use);
		if (!keep(entry->kid, arg))
			entry_drop(cache, entry);
	}
}
