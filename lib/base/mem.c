/* Allocation that succeeds or ends the process, and scoped cleanup. */
#include "lib/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *check(void *ptr)
{
	static const char message[] = "out of memory\n";

	if (ptr)
		return ptr;
	if (write(STDERR_FILENO, message, sizeof(message) - 1) < 0) {
		/* Nothing is left to tell it to. */
	}
	abort();
}

void *xmalloc(size_t size)
{
	return check(malloc(size ? size : 1));
}

void *xcalloc(size_t count, size_t size)
{
	return check(calloc(count ? count : 1, size ? size : 1));
}

void *xrealloc(void *ptr, size_t size)
{
	return check(realloc(ptr, size ? size : 1));
}

char *xstrdup(const char *s)
{
	return check(strdup(s));
}

char *xstrndup(const char *s, size_t len)
{
	return check(strndup(s, len));
}

char *xvasprintf(const char *format, va_list args)
{
	char *s;

	return check(vasprintf(&s, format, args) < 0 ? NULL : s);
}

char *xasprintf(const char *format, ...)
{
	va_list args;
	char *s;

	va_start(args, format);
	s = xvasprintf(format, args);
	va_end(args);
	return s;
}

void scoped_free(void *pointer_address)
{
	free(*(void **)pointer_address);
}

void scoped_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
