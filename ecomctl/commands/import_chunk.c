/* Chunks of an import: what goes to the server in one request. */
#include <stdio.h>
#include <stdlib.h>

#include "ecomctl/commands/import.h"
#include "lib/base/hash.h"

void import_chunk_clear(struct import_chunk *chunk)
{
	arena_reset(&chunk->arena);
	buf_clear(&chunk->body);
	chunk->body.max = IMPORT_BYTES_MAX;
	chunk->nrows = chunk->nsent = 0;
}

void import_chunk_free(struct import_chunk *chunk)
{
	if (!chunk)
		return;
	arena_free(&chunk->arena);
	buf_free(&chunk->body);
	free(chunk);
}

static int compare(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

void import_chunk_seal(struct import_chunk *chunk, const char *import_id, size_t number)
{
	char hash[HASH_HEX_SIZE];

	hash_sha256_hex(chunk->body.data ? chunk->body.data : "", chunk->body.len, hash);
	snprintf(chunk->key, sizeof(chunk->key), "%s-%zu-%.16s", import_id, number, hash);
	qsort(chunk->names, chunk->nsent, sizeof(chunk->names[0]), compare);
}

bool import_chunks_clash(const struct import_chunk *a, const struct import_chunk *b)
{
	size_t i = 0, j = 0;

	while (i < a->nsent && j < b->nsent) {
		if (a->names[i] == b->names[j])
			return true;
		if (a->names[i] < b->names[j])
			i++;
		else
			j++;
	}
	return false;
}
