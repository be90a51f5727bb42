/* Small files, whole: read with a limit, replaced atomically. */
#include "lib/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/base/mem.h"

char *file_read(const char *path, size_t *len)
{
	int fd scoped(scoped_close) = open(path, O_RDONLY | O_CLOEXEC);
	struct buf buf = BUF_INIT(FILE_SIZE_MAX);
	char chunk[16384];
	ssize_t got = -1;

	if (fd < 0)
		return NULL;
	while ((got = read(fd, chunk, sizeof(chunk))) > 0) {
		if (!buf_add(&buf, chunk, (size_t)got)) {
			buf_free(&buf);
			errno = EFBIG;
			return NULL;
		}
	}
	if (got < 0) {
		buf_free(&buf);
		return NULL;
	}
	if (len)
		*len = buf.len;
	return buf_steal(&buf);
}

char *file_read_line(const char *path)
{
	char *text = file_read(path, NULL);

	if (text)
		text[strcspn(text, "\r\n")] = '\0';
	return text;
}

static bool write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t done = write(fd, data, len);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return false;
		data += done;
		len -= (size_t)done;
	}
	return true;
}

static void sync_folder(const char *path)
{
	char *copy scoped(scoped_free) = xstrdup(path);
	int fd scoped(scoped_close) = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		fsync(fd);
}

bool file_write(const char *path, const void *data, size_t len, mode_t mode)
{
	char *temporary scoped(scoped_free) = xasprintf("%s.%d.tmp", path, (int)getpid());
	int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	bool ok;
	int saved;

	if (fd < 0)
		return false;
	ok = write_all(fd, data, len) && fsync(fd) == 0;
	saved = errno;
	close(fd);
	if (ok && rename(temporary, path) == 0) {
		sync_folder(path);
		return true;
	}
	saved = ok ? errno : saved;
	unlink(temporary);
	errno = saved;
	return false;
}

bool file_write_text(const char *path, const char *text, mode_t mode)
{
	return file_write(path, text, strlen(text), mode);
}

bool file_make_dirs(const char *path, mode_t mode)
{
	char *copy scoped(scoped_free) = xstrdup(path);
	struct stat info;

	for (char *slash = copy + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		if (mkdir(copy, mode) < 0 && errno != EEXIST && errno != EACCES && errno != EROFS)
			return false;
		*slash = '/';
	}
	if (mkdir(copy, mode) == 0)
		return true;
	if (errno == EEXIST && stat(copy, &info) == 0 && !S_ISDIR(info.st_mode))
		errno = ENOTDIR;
	else if (errno == EEXIST)
		return true;
	return false;
}
