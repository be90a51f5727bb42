/* The files in log/: kept from growing without end, read when something failed. */
#include "daemons/admind/logs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

#define TAIL_BYTES  8192
#define COPY_BYTES  (1 << 20)
#define BLOCK_BYTES 512 /* of st_blocks, on every file system */

void log_rotate(const char *path)
{
	struct stat info;

	if (stat(path, &info) == 0 && info.st_size > LOG_SIZE_MAX) {
		char *old scoped(scoped_free) = xasprintf("%s.1", path);

		if (rename(path, old) < 0) {
			/* It keeps growing: better than no log. */
		}
	}
}

/* From behind the hole to the end, wherever that is by then. */
static bool copy_all(int from, int to)
{
	ssize_t done;

	if (lseek(from, 0, SEEK_DATA) < 0)
		return errno == ENXIO;

	do
		done = sendfile(to, from, NULL, COPY_BYTES);
	while (done > 0);
	return done == 0;
}

static void log_trim(const char *path)
{
	char *old scoped(scoped_free) = xasprintf("%s.1", path);
	int from scoped(scoped_close) = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	int to scoped(scoped_close) = open(old, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (from >= 0 && to >= 0 && copy_all(from, to) && ftruncate(from, 0) == 0)
		return;
	log_warn("cannot trim %s: %s", path, strerror(errno));
	unlink(old); /* half a copy only takes space */
}

void logs_trim(const char *folder, int64_t most)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		char *path scoped(scoped_free) = xasprintf("%s/%s", folder, entry->d_name);
		struct stat info;

		if (str_has_suffix(path, ".log") && lstat(path, &info) == 0 &&
		    S_ISREG(info.st_mode) && (int64_t)info.st_blocks * BLOCK_BYTES > most)
			log_trim(path);
	}
	if (dir)
		closedir(dir);
}

/* The end of the file as text; NULL when there is none. */
static char *tail_read(const char *path)
{
	int fd scoped(scoped_close) = open(path, O_RDONLY | O_CLOEXEC);
	off_t size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
	char *text;
	ssize_t got;

	if (size < 0)
		return NULL;
	text = xcalloc(1, TAIL_BYTES + 1);
	got = pread(fd, text, TAIL_BYTES, size > TAIL_BYTES ? size - TAIL_BYTES : 0);
	for (ssize_t i = 0; i < got; i++) {
		if (!text[i])
			text[i] = '\n'; /* the end of a hole */
	}
	return text;
}

char *log_last_line(const char *path)
{
	char *text scoped(scoped_free) = tail_read(path);
	char *line = NULL, *rest = text;
	const char *last = NULL, *error;
	json_t *json scoped(scoped_json) = NULL;

	while (rest && (line = strsep(&rest, "\n"))) {
		if (*line)
			last = line;
	}
	if (!last)
		return xstrdup("it said nothing");
	json = json_parse(last, strlen(last), &error);
	return xstrdup(json ? json_get_string(json, "message", last) : last);
}
