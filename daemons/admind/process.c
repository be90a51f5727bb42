/* Processes as the kernel shows them, from /proc. */
#include "daemons/admind/process.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

#define DEPTH_MAX 4

bool process_read(pid_t pid, struct process *out)
{
	char path[64];
	char *text scoped(scoped_free) = NULL;
	const char *rest;
	char status;
	int parent;
	unsigned long long start;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	text = file_read(path, NULL);
	rest = text ? strrchr(text, ')') : NULL; /* the name before it may hold anything */
	if (!rest || sscanf(rest + 1,
			    " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d "
			    "%*d %*d %llu",
			    &status, &parent, &start) != 3)
		return false;
	*out = (struct process){ .pid = pid, .parent = parent, .start = start };
	return status != 'Z' && status != 'X';
}

static char *process_link(pid_t pid, const char *name)
{
	char path[64], target[PATH_MAX];
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	len = readlink(path, target, sizeof(target));
	return len < 0 ? NULL : xstrndup(target, (size_t)len);
}

char *process_exe(pid_t pid)
{
	static const char deleted[] = " (deleted)";
	char *target = process_link(pid, "exe");

	if (target && str_has_suffix(target, deleted))
		target[strlen(target) - strlen(deleted)] = '\0';
	return target;
}

char *process_folder(pid_t pid)
{
	return process_link(pid, "cwd");
}

/* Not by who owns /proc/PID: that is root for a program that its user may not read. */
bool process_is_of(pid_t pid, const char *folder)
{
	char path[64];
	char *text scoped(scoped_free) = NULL;
	const char *line;
	struct stat info;
	unsigned int user;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	text = file_read(path, NULL);
	line = text ? strstr(text, "\nUid:") : NULL;
	return line && sscanf(line, "\nUid: %*u %u", &user) == 1 && stat(folder, &info) == 0 &&
	       info.st_uid == user;
}

char *process_environment(pid_t pid, const char *name)
{
	char path[64];
	char *text scoped(scoped_free) = NULL;
	size_t len = 0, name_len = strlen(name);

	snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
	text = file_read(path, &len);
	for (const char *entry = text; entry && entry < text + len; entry += strlen(entry) + 1) {
		if (strncmp(entry, name, name_len) == 0 && entry[name_len] == '=')
			return xstrdup(entry + name_len + 1);
	}
	return NULL;
}

const char *process_boot_id(void)
{
	static char id[64];

	if (!*id) {
		char *text scoped(scoped_free) = file_read_line("/proc/sys/kernel/random/boot_id");

		snprintf(id, sizeof(id), "%s", text ? text : "");
	}
	return id;
}

int64_t process_age_ms(const struct process *process)
{
	struct timespec now;
	int64_t started_ms = (int64_t)(process->start * 1000 / (uint64_t)sysconf(_SC_CLK_TCK));

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 - started_ms;
}

void process_each(process_fn *fn, void *arg)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		struct process process;
		int64_t pid;

		if (str_to_int(entry->d_name, 1, INT_MAX, &pid) &&
		    process_read((pid_t)pid, &process))
			fn(arg, &process);
	}
	closedir(dir);
}

int64_t process_memory_alone(pid_t pid)
{
	char path[64];
	char *text scoped(scoped_free) = NULL;
	const char *line;
	long long kib;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
	text = file_read(path, NULL);
	line = text ? strstr(text, "\nPss:") : NULL;
	return line && sscanf(line, "\nPss: %lld", &kib) == 1 ? (int64_t)kib << 10 : -1;
}

/* The kernel's own list of children is much cheaper than a look at every process. */
static int64_t memory_of_tree(pid_t pid, int depth)
{
	char path[64];
	char *children scoped(scoped_free) = NULL;
	char *rest, *word;
	int64_t total = process_memory_alone(pid);

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
	children = depth < DEPTH_MAX && total >= 0 ? file_read(path, NULL) : NULL;
	rest = children;
	while (rest && (word = strsep(&rest, " "))) {
		int64_t child, more;

		more = str_to_int(word, 1, INT_MAX, &child)
			       ? memory_of_tree((pid_t)child, depth + 1)
			       : 0;
		total += more > 0 ? more : 0;
	}
	return total;
}

int64_t process_memory(pid_t pid)
{
	return memory_of_tree(pid, 0);
}
