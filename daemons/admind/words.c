/* A list of words that ends with NULL: arguments and environments of programs. */
#include "daemons/admind/words.h"

#include <stdarg.h>
#include <stdlib.h>

#include "lib/base/mem.h"

void words_add(struct words *words, const char *format, ...)
{
	va_list args;

	words->list = xrealloc(words->list, (words->count + 2) * sizeof(*words->list));
	va_start(args, format);
	words->list[words->count++] = xvasprintf(format, args);
	va_end(args);
	words->list[words->count] = NULL;
}

void words_free(struct words *words)
{
	for (size_t i = 0; i < words->count; i++)
		free(words->list[i]);
	free(words->list);
	*words = (struct words){ 0 };
}
