/* Colours by meaning. */
#include "lib/term/color.h"

#include <stdlib.h>
#include <unistd.h>

#include "lib/base/mem.h"
#include "lib/base/str.h"

static bool is_set(const char *name)
{
	const char *value = getenv(name);

	return value && *value;
}

static bool is_forced(const char *name)
{
	return is_set(name) && !str_eq(getenv(name), "0");
}

bool color_enabled(const char *choice, int fd)
{
	const char *term = getenv("TERM");

	if (!choice || str_eq(choice, "auto"))
		choice = is_set("ECOMCTL_COLOR") && !choice ? getenv("ECOMCTL_COLOR") : "auto";
	if (str_eq(choice, "always") || str_eq(choice, "never"))
		return str_eq(choice, "always");
	if (is_set("NO_COLOR"))
		return false;
	if (is_forced("CLICOLOR_FORCE") || is_forced("FORCE_COLOR"))
		return true;
	return isatty(fd) && term && *term && !str_eq(term, "dumb");
}

const char *color_start(enum color color)
{
	static const char *const starts[] = {
		[COLOR_NONE] = "",        [COLOR_GOOD] = "\033[32m", [COLOR_WARN] = "\033[33m",
		[COLOR_BAD] = "\033[31m", [COLOR_DIM] = "\033[2m",   [COLOR_ACCENT] = "\033[36m",
		[COLOR_BOLD] = "\033[1m",
	};

	return starts[color];
}

enum color color_of_status(const char *status)
{
	static const struct {
		const char *word;
		enum color color;
	} words[] = {
		{ "active", COLOR_GOOD },     { "ok", COLOR_GOOD },
		{ "ready", COLOR_GOOD },      { "running", COLOR_GOOD },
		{ "up", COLOR_GOOD },         { "confirmed", COLOR_GOOD },
		{ "completed", COLOR_GOOD },  { "draft", COLOR_WARN },
		{ "pending", COLOR_WARN },    { "starting", COLOR_WARN },
		{ "draining", COLOR_WARN },   { "stopping", COLOR_WARN },
		{ "restarting", COLOR_WARN }, { "degraded", COLOR_WARN },
		{ "warn", COLOR_WARN },       { "scaling", COLOR_WARN },
		{ "rolling", COLOR_WARN },    { "waiting", COLOR_WARN },
		{ "not_ready", COLOR_BAD },   { "fail", COLOR_BAD },
		{ "warning", COLOR_WARN },    { "failed", COLOR_BAD },
		{ "down", COLOR_BAD },        { "error", COLOR_BAD },
		{ "rejected", COLOR_BAD },    { "crashed", COLOR_BAD },
		{ "archived", COLOR_DIM },    { "stopped", COLOR_DIM },
		{ "not_running", COLOR_DIM }, { "cancelled", COLOR_DIM },
		{ "unknown", COLOR_DIM },
	};

	for (size_t i = 0; i < array_size(words); i++) {
		if (str_eq(words[i].word, status))
			return words[i].color;
	}
	return COLOR_NONE;
}
