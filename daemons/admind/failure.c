/* Why something cannot go on: one line for people, and what they can do about it. */
#include "daemons/admind/failure.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/mem.h"

bool failure_set(struct failure *failure, const char *hint, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(failure->error, sizeof(failure->error), format, args);
	va_end(args);
	snprintf(failure->hint, sizeof(failure->hint), "%s", hint ? hint : "");
	return false;
}

static const char *hint_for(int error)
{
	if (error == ENOSPC || error == EDQUOT)
		return "free some disk space and try again";
	if (error == EACCES || error == EPERM || error == EROFS)
		return "use a folder of your own with --state, or run as its owner";
	return NULL;
}

bool failure_errno(struct failure *failure, const char *format, ...)
{
	int error = errno;
	va_list args;
	char *text scoped(scoped_free) = NULL;

	va_start(args, format);
	text = xvasprintf(format, args);
	va_end(args);
	return failure_set(failure, hint_for(error), "%s: %s", text, strerror(error));
}
