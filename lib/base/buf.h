/* Growable bytes with a hard maximum. */
#ifndef ECOM_LIB_BASE_BUF_H
#define ECOM_LIB_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data; /* always NUL-terminated once anything was added */
	size_t len, cap;
	size_t max;    /* bytes; 0: no limit */
	bool overflow; /* something did not fit: what was added since is lost */
};

#define BUF_INIT(maximum)        \
	{                        \
		.max = (maximum) \
	}

void buf_free(struct buf *buf);  /* back to an empty buffer with the same limit */
void buf_clear(struct buf *buf); /* empties, keeps the memory */

/* Each returns false, and sets `overflow`, when the limit would be passed. */
bool buf_add(struct buf *buf, const void *data, size_t len);
bool buf_adds(struct buf *buf, const char *s);
bool buf_addc(struct buf *buf, char c);
bool buf_addf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Removes `len` bytes from the front. */
void buf_consume(struct buf *buf, size_t len);

/* The content as a string that the caller frees; the buffer is empty afterwards. Never NULL. */
char *buf_steal(struct buf *buf);

#endif
