/* Allocation that succeeds or ends the process, and scoped cleanup. */
#ifndef ECOM_LIB_BASE_MEM_H
#define ECOM_LIB_BASE_MEM_H

#include <stdarg.h>
#include <stddef.h>

/* Like malloc and friends; out of memory logs one line and aborts (a supervisor restarts us). */
void *xmalloc(size_t size) __attribute__((malloc, returns_nonnull, alloc_size(1)));
void *xcalloc(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
void *xrealloc(void *ptr, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *s) __attribute__((malloc, returns_nonnull));
char *xstrndup(const char *s, size_t len) __attribute__((malloc, returns_nonnull));
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2), returns_nonnull));
char *xvasprintf(const char *format, va_list args)
	__attribute__((format(printf, 1, 0), returns_nonnull));

/*
 * `char *name scoped(scoped_free) = xstrdup(…)` frees at the end of the block. Every scoped_*
 * function takes the address of the variable and accepts NULL in it.
 */
#define scoped(function) __attribute__((cleanup(function)))
void scoped_free(void *pointer_address);
void scoped_close(int *fd); /* -1 is left alone */

/* Takes the value out of a scoped variable, which then holds NULL. */
#define take_ptr(variable)                                \
	({                                                \
		__typeof__(variable) taken_ = (variable); \
		(variable) = NULL;                        \
		taken_;                                   \
	})

#define array_size(array) (sizeof(array) / sizeof((array)[0]))
#define must_check        __attribute__((warn_unused_result))

#endif
