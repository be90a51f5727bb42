/* A list of words that ends with NULL: arguments and environments of programs. */
#ifndef ECOM_DAEMONS_ADMIND_WORDS_H
#define ECOM_DAEMONS_ADMIND_WORDS_H

#include <stddef.h>

struct words {
	char **list; /* ends with NULL once a word was added */
	size_t count;
};

void words_add(struct words *words, const char *format, ...) __attribute__((format(printf, 2, 3)));
void words_free(struct words *words); /* for scoped() as well */

#endif
