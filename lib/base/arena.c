/* A bump allocator: everything of one request or one job is freed at once. */
#include "lib/base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/mem.h"

#define BLOCK_SIZE ((size_t)4096)
#define ALIGNMENT  ((size_t)16)

struct arena_block {
	struct arena_block *older;
	size_t size; /* of data */
	_Alignas(16) char data[];
};

static void block_add(struct arena *arena, size_t size)
{
	size_t want = size > BLOCK_SIZE ? size : BLOCK_SIZE;
	struct arena_block *block = xmalloc(sizeof(*block) + want);

	block->older = arena->blocks;
	block->size = want;
	arena->blocks = block;
	arena->next = block->data;
	arena->end = block->data + want;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	void *ptr;

	size = (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
	if ((size_t)(arena->end - arena->next) < size || !arena->blocks)
		block_add(arena, size);
	ptr = arena->next;
	arena->next += size;
	return ptr;
}

void *arena_zalloc(struct arena *arena, size_t size)
{
	return memset(arena_alloc(arena, size), 0, size);
}

char *arena_strndup(struct arena *arena, const char *s, size_t len)
{
	char *copy = arena_alloc(arena, len + 1);

	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *arena_strdup(struct arena *arena, const char *s)
{
	return arena_strndup(arena, s, strlen(s));
}

char *arena_vprintf(struct arena *arena, const char *format, va_list args)
{
	va_list again;
	char *s;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, again);
	va_end(again);
	s = arena_alloc(arena, (size_t)len + 1);
	vsnprintf(s, (size_t)len + 1, format, args);
	return s;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *s;

	va_start(args, format);
	s = arena_vprintf(arena, format, args);
	va_end(args);
	return s;
}

static void blocks_free(struct arena_block *block)
{
	while (block) {
		struct arena_block *older = block->older;

		free(block);
		block = older;
	}
}

void arena_reset(struct arena *arena)
{
	struct arena_block *kept = arena->blocks;

	if (!kept)
		return;
	blocks_free(kept->older);
	kept->older = NULL;
	arena->next = kept->data;
	arena->end = kept->data + kept->size;
}

void arena_free(struct arena *arena)
{
	blocks_free(arena->blocks);
	*arena = (struct arena){ 0 };
}
