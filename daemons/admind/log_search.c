/* Searching the log files, until logd keeps their lines. */
#include "daemons/admind/log_search.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

#define WORDS_MAX 8
#define FOUND_MAX 5000 /* lines; a search for what is everywhere ends there */

struct search {
	char *text, *words[WORDS_MAX];
	size_t nwords;
	json_t *found;
};

/* What is shown of a line of ours; NULL: it is none. */
static json_t *record(const char *line, size_t len)
{
	const char *error;
	json_t *json scoped(scoped_json) = json_parse(line, len, &error);
	const char *time = json_get_string(json, "@timestamp", NULL);

	if (!time)
		return NULL;
	return json_pack("{s:s, s:s, s:s, s:s, s:s*}", "time", time, "instance",
			 json_get_string(json, "service.node.name", ""), "level",
			 json_get_string(json, "log.level", ""), "message",
			 json_get_string(json, "message", ""), "request_id",
			 json_get_string(json, "http.request.id", NULL));
}

/* A line may have several of the words, and is found once. */
static bool has_word(const struct search *search, const char *line, size_t len)
{
	for (size_t i = 0; i < search->nwords; i++) {
		if (memmem(line, len, search->words[i], strlen(search->words[i])))
			return true;
	}
	return false;
}

static void search_text(struct search *search, const char *text, size_t len)
{
	const char *end = text + len;

	while (text < end && json_array_size(search->found) < FOUND_MAX) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t line = (size_t)((newline ? newline : end) - text);
		json_t *shown = NULL;

		if (has_word(search, text, line))
			shown = record(text, line);
		if (shown)
			json_array_append_new(search->found, shown);
		text += line + 1;
	}
}

static void search_file(struct search *search, const char *path)
{
	int fd scoped(scoped_close) = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	off_t size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
	off_t start = size > LOG_SEARCH_BYTES ? size - LOG_SEARCH_BYTES : 0;
	char *text scoped(scoped_free) = NULL;
	ssize_t got;

	if (size <= 0)
		return;
	text = xmalloc((size_t)(size - start));
	got = pread(fd, text, (size_t)(size - start), start);
	if (got > 0)
		search_text(search, text, (size_t)got);
}

static int by_time(const void *a, const void *b)
{
	return strcmp(json_get_string(*(json_t *const *)a, "time", ""),
		      json_get_string(*(json_t *const *)b, "time", ""));
}

/* The newest `limit`, sorted. */
static json_t *sorted(const json_t *found, size_t limit)
{
	size_t count = json_array_size(found);
	json_t **records scoped(scoped_free) = xcalloc(count + 1, sizeof(json_t *));
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		records[i] = json_array_get(found, i);
	qsort(records, count, sizeof(json_t *), by_time);
	for (size_t i = count > limit ? count - limit : 0; i < count; i++)
		json_array_append(list, records[i]);
	return list;
}

json_t *log_search(const char *folder, const char *text, size_t limit)
{
	struct search search = { .text = xstrdup(text), .found = json_array() };
	char *rest = search.text, *word;
	DIR *dir = opendir(folder);
	struct dirent *entry;
	json_t *list;

	while (search.nwords < WORDS_MAX && (word = strsep(&rest, " "))) {
		if (*word)
			search.words[search.nwords++] = word;
	}
	while (dir && (entry = readdir(dir))) {
		char *path scoped(scoped_free) = xasprintf("%s/%s", folder, entry->d_name);

		if (str_has_suffix(path, ".log") || str_has_suffix(path, ".log.1"))
			search_file(&search, path);
	}
	if (dir)
		closedir(dir);
	list = sorted(search.found, limit);
	json_decref(search.found);
	free(search.text);
	return list;
}
