/* Where the client keeps its files, and the lock around changing them. */
#include "lib/client/files.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "lib/base/file.h"

static const char *home(void)
{
	const char *path = getenv("HOME");
	const struct passwd *user;

	if (path && *path == '/')
		return path;
	user = getpwuid(getuid());
	return user ? user->pw_dir : "/";
}

char *client_file(const char *variable, const char *fallback, const char *name)
{
	const char *base = getenv(variable);

	if (base && *base == '/')
		return xasprintf("%s/ecomctl/%s", base, name);
	return xasprintf("%s/%s/ecomctl/%s", home(), fallback, name);
}

int client_lock(const char *path, char **error)
{
	char *lock scoped(scoped_free) = xasprintf("%s.lock", path);
	char *folder scoped(scoped_free) = xstrdup(path);
	int fd = -1;

	*strrchr(folder, '/') = '\0';
	if (file_make_dirs(folder, 0700))
		fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0) {
		*error = xasprintf("%s: %s", lock, strerror(errno));
		return -1;
	}
	while (flock(fd, LOCK_EX) < 0) {
		if (errno == EINTR)
			continue;
		*error = xasprintf("%s: %s", lock, strerror(errno));
		close(fd);
		return -1;
	}
	return fd;
}
