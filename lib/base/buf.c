/* Growable bytes with a hard maximum. */
#include "lib/base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/mem.h"

static bool reserve(struct buf *buf, size_t more)
{
	size_t need = buf->len + more + 1;
	size_t cap = buf->cap ? buf->cap : 256;

	if (buf->max && buf->len + more > buf->max) {
		buf->overflow = true;
		return false;
	}
	if (need <= buf->cap)
		return true;
	while (cap < need)
		cap *= 2;
	buf->data = xrealloc(buf->data, cap);
	buf->cap = cap;
	return true;
}

bool buf_add(struct buf *buf, const void *data, size_t len)
{
	if (!reserve(buf, len))
		return false;
	if (len)
		memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
	return true;
}

bool buf_adds(struct buf *buf, const char *s)
{
	return buf_add(buf, s, strlen(s));
}

bool buf_addc(struct buf *buf, char c)
{
	return buf_add(buf, &c, 1);
}

bool buf_addf(struct buf *buf, const char *format, ...)
{
	va_list args;
	char *text;
	bool ok;

	va_start(args, format);
	text = xvasprintf(format, args);
	va_end(args);
	ok = buf_adds(buf, text);
	free(text);
	return ok;
}

void buf_consume(struct buf *buf, size_t len)
{
	if (len > buf->len)
		len = buf->len;
	buf->len -= len;
	if (buf->data) {
		memmove(buf->data, buf->data + len, buf->len);
		buf->data[buf->len] = '\0';
	}
}

void buf_clear(struct buf *buf)
{
	buf_consume(buf, buf->len);
	buf->overflow = false;
}

void buf_free(struct buf *buf)
{
	free(buf->data);
	*buf = (struct buf){ .max = buf->max };
}

char *buf_steal(struct buf *buf)
{
	char *data = buf->data ? buf->data : xstrdup("");

	buf->data = NULL;
	buf_free(buf);
	return data;
}
