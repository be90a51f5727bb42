/*
 * Mail into a Maildir of this machine (cr.yp.to/proto/maildir.html): the transport of a shop that has no
 * relay yet, so that it works offline and its merchant sees what would be sent. The file's name is the
 * notification's id, so that a mail that is delivered again after a crash replaces itself.
 */
#include "daemons/notifyd/transport.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/mem.h"
#include "lib/daemon/daemon.h"

static char *folder;

/* Below the state folder, beside run/. */
static bool maildir_open(struct service *service, char **error)
{
	static const char *const parts[] = { "tmp", "new", "cur" };
	const char *chosen = options_str(service->options, "maildir");
	const char *run = options_str(service->options, "run_dir");

	folder = chosen ? xstrdup(chosen) : xasprintf("%s/../mail", run ? run : ".");
	for (size_t i = 0; i < array_size(parts); i++) {
		char *path scoped(scoped_free) = xasprintf("%s/%s", folder, parts[i]);

		if (!file_make_dirs(path, 0700)) {
			*error = xasprintf("maildir: %s: %s", path, strerror(errno));
			return false;
		}
	}
	return true;
}

static bool write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t written = write(fd, data, len);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return false;
		data += written;
		len -= (size_t)written;
	}
	return fsync(fd) == 0;
}

/* The names to the disk, of all that was delivered together. */
static bool maildir_flush(void)
{
	char *path scoped(scoped_free) = xasprintf("%s/new", folder);
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int error = fd >= 0 && fsync(fd) == 0 ? 0 : errno;

	if (fd >= 0)
		close(fd);
	errno = error;
	return !error;
}

/* tmp/, to the disk, into new/: after a crash it is there whole or not at all. */
static bool deliver(const char *id, const char *data, size_t len)
{
	char *tmp scoped(scoped_free) = xasprintf("%s/tmp/%s", folder, id);
	char *name scoped(scoped_free) = xasprintf("%s/new/%s", folder, id);
	int fd scoped(scoped_close) = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	return fd >= 0 && write_all(fd, data, len) && rename(tmp, name) == 0;
}

static bool maildir_send(struct outbound_call *call, const struct message *message)
{
	size_t len;
	const char *data = transport_mail(call, message, &len);

	if (!data)
		return false;
	if (deliver(message->id, data, len)) {
		call->status = 250;
	} else {
		call->unsent = true;
		snprintf(call->why, sizeof(call->why), "%s: %s", folder, strerror(errno));
	}
	return false;
}

const struct transport maildir_transport = {
	.name = "maildir",
	.channel = CHANNEL_EMAIL,
	.html = true,
	.open = maildir_open,
	.send = maildir_send,
	.flush = maildir_flush,
	.message_id = transport_mail_id,
};
