/* run/<unit>.child: which process serves as which unit. */
#include "daemons/admind/record.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

bool record_write(const struct state *state, const struct record *record)
{
	char *path scoped(scoped_free) = state_path(state, "run/%s.child", record->unit);
	json_t *json scoped(scoped_json) = json_pack(
		"{s:s, s:s, s:i, s:i, s:I, s:s, s:s, s:s, s:i}", "unit", record->unit, "component",
		record->component, "number", record->number, "pid", (int)record->process.pid,
		"start", (json_int_t)record->process.start, "boot", process_boot_id(), "exe",
		record->exe, "version", record->version, "restarts", record->restarts);
	char *text scoped(scoped_free) = json_text(json);

	return file_write_text(path, text, 0600);
}

static void copy(char *out, size_t size, const char *text)
{
	snprintf(out, size, "%s", text);
}

bool record_read(const struct state *state, const char *unit, struct record *out)
{
	char *path scoped(scoped_free) = state_path(state, "run/%s.child", unit);
	size_t len = 0;
	char *text scoped(scoped_free) = file_read(path, &len);
	const char *error;
	json_t *json scoped(scoped_json) = text ? json_parse(text, len, &error) : NULL;

	*out = (struct record){ 0 };
	if (!json)
		return false;
	copy(out->unit, sizeof(out->unit), unit);
	copy(out->component, sizeof(out->component), json_get_string(json, "component", ""));
	copy(out->exe, sizeof(out->exe), json_get_string(json, "exe", ""));
	copy(out->version, sizeof(out->version), json_get_string(json, "version", ""));
	out->number = (int)json_get_int(json, "number", 0);
	out->restarts = (int)json_get_int(json, "restarts", 0);
	if (str_eq(json_get_string(json, "boot", ""), process_boot_id())) {
		out->process.pid = (pid_t)json_get_int(json, "pid", 0);
		out->process.start = (uint64_t)json_get_int(json, "start", 0);
	}
	return true;
}

void record_remove(const struct state *state, const char *unit)
{
	char *path scoped(scoped_free) = state_path(state, "run/%s.child", unit);

	unlink(path);
}

bool record_is_alive(const struct record *record)
{
	struct process now;
	char *exe scoped(scoped_free) = NULL;

	if (record->process.pid <= 0 || !process_read(record->process.pid, &now) ||
	    now.start != record->process.start)
		return false;
	exe = process_exe(record->process.pid);
	return exe && str_eq(exe, record->exe);
}

static int record_compare(const void *a, const void *b)
{
	const struct record *x = a, *y = b;
	int order = strcmp(x->component, y->component);

	return order ? order : x->number - y->number;
}

struct record *records_read(const struct state *state, size_t *count)
{
	struct record *records = xcalloc(RECORDS_MAX, sizeof(*records));
	DIR *dir = opendir(state->run);
	struct dirent *entry;

	*count = 0;
	while (dir && *count < RECORDS_MAX && (entry = readdir(dir))) {
		char unit[UNIT_NAME_MAX];
		size_t len = strlen(entry->d_name);

		if (!str_has_suffix(entry->d_name, ".child") || len - 6 >= sizeof(unit))
			continue;
		snprintf(unit, sizeof(unit), "%.*s", (int)(len - 6), entry->d_name);
		if (record_read(state, unit, &records[*count]))
			(*count)++;
	}
	if (dir)
		closedir(dir);
	qsort(records, *count, sizeof(*records), record_compare);
	return records;
}

struct search {
	const struct state *state;
	const struct record *records;
	size_t nrecords;
	struct process *found;
	size_t count, max;
};

/*
 * PostgreSQL writes its title over its environment; its working folder tells instead, which may be
 * that of somebody's shell as well.
 */
static bool process_is_postgres(const struct state *state, pid_t pid)
{
	char *exe scoped(scoped_free) = process_exe(pid);
	char *folder scoped(scoped_free) = process_folder(pid);

	return exe && folder && str_has_suffix(exe, "/postgres") &&
	       str_has_prefix(folder, state->dir) &&
	       str_eq(folder + strlen(state->dir), "/postgres");
}

static bool process_is_ours(const struct state *state, pid_t pid)
{
	char *value scoped(scoped_free) = process_environment(pid, RECORD_VARIABLE);

	if (value)
		return str_eq(value, state->run) && getsid(pid) == pid &&
		       process_is_of(pid, state->dir);
	return process_is_postgres(state, pid);
}

static bool is_recorded(const struct search *search, pid_t pid)
{
	for (size_t i = 0; i < search->nrecords; i++) {
		if (pid && search->records[i].process.pid == pid)
			return true;
	}
	return false;
}

/* What one of ours has started, such as PostgreSQL's hundreds of sessions, is that one's matter. */
static void search_add(void *arg, const struct process *process)
{
	struct search *search = arg;

	if (search->count < search->max && process->pid != getpid() &&
	    process_is_ours(search->state, process->pid) && !is_recorded(search, process->pid) &&
	    !is_recorded(search, process->parent) &&
	    !process_is_ours(search->state, process->parent))
		search->found[search->count++] = *process;
}

size_t records_find_strays(const struct state *state, struct process *strays, size_t max)
{
	struct search search = { .state = state, .found = strays, .max = max };
	struct record *records scoped(scoped_free) = records_read(state, &search.nrecords);

	search.records = records;
	process_each(search_add, &search);
	return search.count;
}
