/* Small files, whole: read with a limit, replaced atomically. */
#ifndef ECOM_LIB_BASE_FILE_H
#define ECOM_LIB_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define FILE_SIZE_MAX (16 << 20) /* bytes; a larger file is refused with EFBIG */

/* The content, NUL-terminated, freed by the caller; NULL with errno set. len may be NULL. */
char *file_read(const char *path, size_t *len);

/* The first line without its end, for secrets kept in files; NULL with errno set. */
char *file_read_line(const char *path);

/*
 * Writes a temporary file beside path, flushes it to the disk and renames it over path: after a
 * crash at any point path holds the old or the new content. False with errno set.
 */
bool file_write(const char *path, const void *data, size_t len, mode_t mode);
bool file_write_text(const char *path, const char *text, mode_t mode);

/* Makes a folder and its missing parents; existing ones are fine. False with errno set. */
bool file_make_dirs(const char *path, mode_t mode);

#endif
