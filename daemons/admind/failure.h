/* Why something cannot go on: one line for people, and what they can do about it. */
#ifndef ECOM_DAEMONS_ADMIND_FAILURE_H
#define ECOM_DAEMONS_ADMIND_FAILURE_H

#include <stdbool.h>

struct failure {
	char error[512];
	char hint[256]; /* empty: none */
};

/* Always false, so that a check can end with `return failure_set(…)`. hint may be NULL. */
bool failure_set(struct failure *failure, const char *hint, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same with strerror(errno) after the text, and a hint when the disk is full. */
bool failure_errno(struct failure *failure, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
