/* What `ecomctl up` sees of a start: one JSON object per line through a pipe. */
#include "daemons/admind/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

static int progress_fd = -1;

void progress_open(void)
{
	const char *text = getenv(PROGRESS_VARIABLE);
	int64_t fd;

	if (!text || !str_to_int(text, 3, 1023, &fd) || fcntl((int)fd, F_GETFD) < 0)
		return;
	fcntl((int)fd, F_SETFD, FD_CLOEXEC);
	fcntl((int)fd, F_SETFL, O_NONBLOCK);
	progress_fd = (int)fd;
}

void progress_open_output(void)
{
	progress_fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
}

void progress_tell(json_t *json)
{
	char *text scoped(scoped_free) = json_text(json);
	size_t len = strlen(text);

	json_decref(json);
	if (progress_fd < 0)
		return;
	text[len] = '\n';
	if (write(progress_fd, text, len + 1) < 0 && errno != EAGAIN) {
		close(progress_fd);
		progress_fd = -1;
	}
}

void progress_step(const char *step, const char *message)
{
	log_info("%s", message);
	progress_tell(json_pack("{s:s, s:s}", "step", step, "message", message));
}

void progress_event(const char *format, ...)
{
	char *text scoped(scoped_free) = NULL;
	va_list args;

	va_start(args, format);
	text = xvasprintf(format, args);
	va_end(args);
	log_warn("%s", text);
	progress_tell(json_pack("{s:s}", "event", text));
}

void progress_error(const struct failure *failure)
{
	if (progress_fd < 0) /* before there is a log, it would be said twice */
		log_error("%s", failure->error);
	progress_tell(json_pack("{s:s, s:s}", "error", failure->error, "hint", failure->hint));
}

void progress_ready(int adopted)
{
	log_info("the shop is ready");
	progress_tell(json_pack("{s:b, s:i}", "ready", 1, "adopted", adopted));
}
