/* Paths and queries, percent-encoded (RFC 3986: all but the unreserved characters). */
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/str.h"
#include "lib/client/api.h"

static void add_encoded(struct buf *out, const char *s)
{
	for (; *s; s++) {
		if (isalnum((unsigned char)*s) || strchr("-._~", *s))
			buf_addc(out, *s);
		else
			buf_addf(out, "%%%02X", (unsigned char)*s);
	}
}

/* "." and ".." would be taken as steps between folders on the way. */
static void add_segment(struct buf *out, const char *s)
{
	if (str_eq(s, ".") || str_eq(s, "..")) {
		for (; *s; s++)
			buf_adds(out, "%2E");
		return;
	}
	add_encoded(out, s);
}

char *api_path(const char *pattern, ...)
{
	struct buf out = BUF_INIT(0);
	const char *hole;
	va_list args;

	va_start(args, pattern);
	for (; (hole = strstr(pattern, "{}")); pattern = hole + 2) {
		buf_add(&out, pattern, (size_t)(hole - pattern));
		add_segment(&out, va_arg(args, const char *));
	}
	va_end(args);
	buf_adds(&out, pattern);
	return buf_steal(&out);
}

char *api_path_query(char *path, const char *name, const char *value)
{
	struct buf out = BUF_INIT(0);

	if (!value)
		return path;
	buf_adds(&out, path);
	buf_addc(&out, strchr(path, '?') ? '&' : '?');
	add_encoded(&out, name);
	buf_addc(&out, '=');
	add_encoded(&out, value);
	free(path);
	return buf_steal(&out);
}
