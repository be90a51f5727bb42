/* Log lines: one JSON object per line on stderr, with the Elastic Common Schema's field names. */
#include "lib/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

static const char *const level_names[] = { "debug", "info", "warn", "error" };

static struct {
	const char *service, *instance;
	enum log_level level;
} logger = { .level = LOG_LEVEL_INFO };

static _Thread_local const char *current_request;

void log_init(const char *service, const char *instance)
{
	logger.service = xstrdup(service);
	logger.instance = xstrdup(instance);
}

void log_set_level(enum log_level level)
{
	logger.level = level;
}

bool log_level_parse(const char *name, enum log_level *out)
{
	for (size_t i = 0; i < array_size(level_names); i++) {
		if (str_eq(name, level_names[i])) {
			*out = (enum log_level)i;
			return true;
		}
	}
	return false;
}

void log_set_request(const char *request_id)
{
	current_request = request_id;
}

const char *log_request(void)
{
	return current_request;
}

static char *line_make(enum log_level level, const char *message)
{
	char time[CLOCK_RFC3339_SIZE];
	json_t *line;
	char *text;

	if (!logger.service)
		return xasprintf("%s: %s", level_names[level], message);
	clock_format(clock_real_ms(), time);
	line = json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:s*}", "@timestamp", time, "log.level",
			 level_names[level], "message", message, "service.name", logger.service,
			 "service.node.name", logger.instance, "process.pid", (int)getpid(),
			 "http.request.id", current_request);
	text = line ? json_dumps(line, JSON_COMPACT) : NULL;
	json_decref(line);
	return text ? text : xstrdup("{\"message\":\"a log message was not valid UTF-8\"}");
}

static void write_line(enum log_level level, const char *format, va_list args)
{
	char *message scoped(scoped_free) = xvasprintf(format, args);
	char *text scoped(scoped_free) = line_make(level, message);
	size_t len = strlen(text);

	text[len] = '\n'; /* one write per line, so that lines of two threads do not mix */
	if (write(STDERR_FILENO, text, len + 1) < 0) {
		/* There is no better place to complain. */
	}
}

void log_write(enum log_level level, const char *format, ...)
{
	va_list args;

	if (level < logger.level)
		return;
	va_start(args, format);
	write_line(level, format, args);
	va_end(args);
}

void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_line(LOG_LEVEL_ERROR, format, args);
	va_end(args);
	exit(1);
}
