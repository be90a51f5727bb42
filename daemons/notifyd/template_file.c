/* A template's file: parts behind lines `=== subject`, `=== text` and `=== html`. */
#include "daemons/notifyd/template_file.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/file.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

#define LOCALE_MAX 35 /* RFC 5646, section 4.4.1 */
#define MARK       "=== "

void template_parts_done(struct template_parts *parts)
{
	free(parts->content);
	*parts = (struct template_parts){ 0 };
}

/* Names become names of files, so they have nothing but letters, digits, `_` and `-`. */
static bool is_plain(const char *word)
{
	size_t len = strlen(word);

	for (const char *s = word; *s; s++) {
		if (!isalnum((unsigned char)*s) && *s != '_' && *s != '-')
			return false;
	}
	return len > 0 && len <= LOCALE_MAX;
}

/* --- parts ------------------------------------------------------------------------------------ */

static const char **part_named(struct template_parts *parts, const char *name)
{
	if (str_eq(name, "subject"))
		return &parts->subject;
	if (str_eq(name, "text"))
		return &parts->text;
	return str_eq(name, "html") ? &parts->html : NULL;
}

/* Cuts the content at its marks. False: something before the first, or an unknown one. */
static bool parts_cut(struct template_parts *parts)
{
	char *line = parts->content, *next;

	if (!str_has_prefix(line, MARK))
		return false;
	for (; line; line = next) {
		const char **part;
		char *end = strchr(line, '\n');

		if (!end)
			return false;
		*end = '\0';
		part = part_named(parts, line + strlen(MARK));
		*line = '\0'; /* the end of the part before */
		if (!part || *part)
			return false;
		*part = end + 1;
		next = strstr(end + 1, "\n" MARK);
		if (str_has_prefix(end + 1, MARK))
			next = end + 1;
		else if (next)
			next++;
	}
	return true;
}

/* --- files ------------------------------------------------------------------------------------ */

static char *read_override(const char *folder, const char *name, const char *locale, char **error)
{
	char *path scoped(scoped_free) = NULL;
	char *text;

	if (!folder)
		return NULL;
	path = xasprintf("%s/%s.%s.mustache", folder, name, locale);
	text = file_read(path, NULL);
	if (!text && errno != ENOENT)
		*error = xasprintf("%s: %s", path, strerror(errno));
	return text;
}

static char *read_own(const char *name, const char *locale)
{
	for (const struct template_file *file = template_files; file->name; file++) {
		if (str_eq(file->name, name) && str_eq(file->locale, locale))
			return xstrdup(file->text);
	}
	return NULL;
}

static bool load(const char *folder, const char *name, const char *locale,
		 struct template_parts *parts, char **error)
{
	if (!is_plain(locale))
		return true;
	parts->content = read_override(folder, name, locale, error);
	if (!parts->content && !*error)
		parts->content = read_own(name, locale);
	if (*error || !parts->content || parts_cut(parts))
		return !*error;
	*error = xasprintf("template %s.%s: no parts behind lines \"=== subject\", \"=== text\", "
			   "\"=== html\", each once",
			   name, locale);
	return false;
}

bool template_load(const char *folder, const char *name, const char *locale,
		   struct template_parts *parts, char **error)
{
	char *language scoped(scoped_free) = xstrdup(locale ? locale : "");

	*parts = (struct template_parts){ 0 };
	*error = NULL;
	if (!is_plain(name))
		return true;
	language[strcspn(language, "-")] = '\0';
	for (int i = 0; i < 3 && !parts->content; i++) {
		const char *const locales[] = { locale ? locale : "", language, "en" };

		if (!load(folder, name, locales[i], parts, error))
			return false;
	}
	return true;
}
