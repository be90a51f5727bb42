/* A bump allocator: everything of one request or one job is freed at once. */
#ifndef ECOM_LIB_BASE_ARENA_H
#define ECOM_LIB_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *blocks; /* the newest first */
	char *next, *end;           /* the free part of the newest block */
};

/* An arena that is all zero is empty and ready. Memory is aligned to 16 bytes and not cleared. */
void *arena_alloc(struct arena *arena, size_t size) __attribute__((returns_nonnull));
void *arena_zalloc(struct arena *arena, size_t size) __attribute__((returns_nonnull));
char *arena_strdup(struct arena *arena, const char *s);
char *arena_strndup(struct arena *arena, const char *s, size_t len);
char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

/* Forgets everything but keeps one block, for the next user of the same arena. */
void arena_reset(struct arena *arena);
void arena_free(struct arena *arena);

#endif
