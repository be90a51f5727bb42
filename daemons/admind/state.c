/* The state folder: its parts, its checks, its lock and its version. */
#include "daemons/admind/state.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "daemons/admind/process.h"
#include "lib/base/file.h"
#include "lib/base/hash.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

#define LOCK_TRIES   20
#define LOCK_WAIT_MS 5

static const char *const folders[] = {
	"secrets", "secrets/clients", "nats", "gateway", "run", "log", "cache", "backup",
};

/* What may lie in a folder whose first start did not finish. */
static const char *const parts[] = {
	"secrets", "nats",      "gateway",  "run",          "log",         "cache",
	"backup",  "ecom.yaml", "postgres", "postgres.new", "engine.json", "lost+found",
};

char *state_path(const struct state *state, const char *format, ...)
{
	char *name scoped(scoped_free) = NULL;
	va_list args;

	va_start(args, format);
	name = xvasprintf(format, args);
	va_end(args);
	return xasprintf("%s/%s", state->dir, name);
}

static char *path_absolute(const char *dir)
{
	char *here scoped(scoped_free) = NULL;
	char *path, *real;
	size_t len;

	if (*dir == '/') {
		path = xstrdup(dir);
	} else {
		here = getcwd(NULL, 0);
		path = xasprintf("%s/%s", here ? here : "", dir);
	}
	real = realpath(path, NULL);
	if (real) {
		free(path);
		return real;
	}
	len = strlen(path);
	while (len > 1 && path[len - 1] == '/')
		path[--len] = '\0';
	return path;
}

/* The path is written into the configuration of three servers, each with its own quoting. */
static bool path_is_plain(const char *path)
{
	for (; *path; path++) {
		if (!isalnum((unsigned char)*path) && !strchr("/._+,=~@-", *path))
			return false;
	}
	return true;
}

struct state *state_find(const char *dir, struct failure *failure)
{
	char *path scoped(scoped_free) = path_absolute(dir);
	struct state *state;

	if (!path_is_plain(path)) {
		failure_set(failure, "choose another folder with --state",
			    "the path %s of the state folder has characters other than letters, "
			    "digits and /._+,=~@-",
			    path);
		return NULL;
	}
	if (strlen(path) > STATE_PATH_MAX) {
		failure_set(
			failure, "choose a shorter folder with --state",
			"the path %s is too long for the sockets inside it (%zu bytes, at most %d)",
			path, strlen(path), STATE_PATH_MAX);
		return NULL;
	}
	state = xcalloc(1, sizeof(*state));
	state->dir = take_ptr(path);
	state->run = xasprintf("%s/run", state->dir);
	state->lock = -1;
	state->is_new = true;
	return state;
}

void state_free(struct state *state)
{
	if (!state)
		return;
	scoped_close(&state->lock);
	free(state->dir);
	free(state->run);
	free(state);
}

static bool part_is_known(const char *name)
{
	for (size_t i = 0; i < array_size(parts); i++) {
		if (str_eq(name, parts[i]) || str_has_prefix(name, ".") ||
		    str_has_suffix(name, ".tmp"))
			return true;
	}
	return false;
}

/* `--state /etc` must not turn /etc into a shop. */
static bool check_not_foreign(const struct state *state, struct failure *failure)
{
	DIR *dir = opendir(state->dir);
	struct dirent *entry;
	bool ok = true;

	if (!dir)
		return failure_errno(failure, "cannot open the state folder %s", state->dir);
	while (ok && (entry = readdir(dir))) {
		if (!part_is_known(entry->d_name))
			ok = failure_set(failure, "choose an empty or new folder with --state",
					 "%s is not a state folder: it has %s but no VERSION",
					 state->dir, entry->d_name);
	}
	closedir(dir);
	return ok;
}

int version_compare(const char *a, const char *b)
{
	while (*a || *b) {
		char *end_a, *end_b;
		unsigned long x = strtoul(a, &end_a, 10), y = strtoul(b, &end_b, 10);

		if (x != y)
			return x < y ? -1 : 1;
		a = *end_a == '.' ? end_a + 1 : "";
		b = *end_b == '.' ? end_b + 1 : "";
	}
	return 0;
}

bool state_check_version(struct state *state, struct failure *failure)
{
	char *path scoped(scoped_free) = state_path(state, "VERSION");
	char *text scoped(scoped_free) = file_read_line(path);

	if (!text && errno != ENOENT)
		return failure_errno(failure, "cannot read %s", path);
	state->is_new = !text;
	if (!text)
		return check_not_foreign(state, failure);
	snprintf(state->version, sizeof(state->version), "%s", text);
	if (version_compare(text, PACKAGE_VERSION) > 0)
		return failure_set(
			failure,
			"install that version or a newer one, or use another "
			"folder with --state",
			"the state in %s was written by version %s, this is the older %s",
			state->dir, text, PACKAGE_VERSION);
	return true;
}

bool state_check_owner(const struct state *state, struct failure *failure)
{
	const struct passwd *owner, *self;
	char hint[160];
	struct stat info;

	if (stat(state->dir, &info) < 0)
		return failure_errno(failure, "cannot look at the state folder %s", state->dir);
	if (!S_ISDIR(info.st_mode))
		return failure_set(failure, "choose another folder with --state",
				   "%s is not a folder", state->dir);
	if (info.st_uid == geteuid())
		return true;
	owner = getpwuid(info.st_uid);
	snprintf(hint, sizeof(hint), "run as %s, or use another folder with --state",
		 owner ? owner->pw_name : "its owner");
	self = getpwuid(geteuid());
	return failure_set(failure, hint, "the state folder %s belongs to uid %d, not to %s",
			   state->dir, (int)info.st_uid, self ? self->pw_name : "you");
}

bool state_check_disk(const struct state *state, struct failure *failure)
{
	struct statvfs info;

	if (statvfs(state->dir, &info) < 0)
		return failure_errno(failure, "cannot look at the disk of %s", state->dir);
	if ((int64_t)info.f_bavail * (int64_t)info.f_frsize >= STATE_DISK_MIN)
		return true;
	return failure_set(failure, "free some space, or use a folder on another disk with --state",
			   "the disk of %s is full: %lld MiB are free, %lld MiB are needed",
			   state->dir, (long long)info.f_bavail * (long long)info.f_frsize >> 20,
			   STATE_DISK_MIN >> 20);
}

static bool folders_make(const struct state *state, struct failure *failure)
{
	for (size_t i = 0; i < array_size(folders); i++) {
		char *path scoped(scoped_free) = state_path(state, "%s", folders[i]);

		if (!file_make_dirs(path, 0700))
			return failure_errno(failure, "cannot make the folder %s", path);
	}
	return true;
}

bool state_lock(struct state *state)
{
	char *path scoped(scoped_free) = state_path(state, "run/lock");
	bool locked = false;

	state->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	/* Who only looks, in state_is_locked(), has it for a moment. */
	for (int i = 0; state->lock >= 0 && !locked && i < LOCK_TRIES; i++) {
		locked = flock(state->lock, LOCK_EX | LOCK_NB) == 0;
		if (!locked)
			poll(NULL, 0, LOCK_WAIT_MS);
	}
	if (locked) {
		if (ftruncate(state->lock, 0) < 0 || dprintf(state->lock, "%d\n", getpid()) < 0) {
			/* Only `down` of an engine that hangs misses it. */
		}
		return true;
	}
	scoped_close(&state->lock);
	state->lock = -1;
	return false;
}

bool state_is_locked(const struct state *state)
{
	char *path scoped(scoped_free) = state_path(state, "run/lock");
	int fd scoped(scoped_close) = open(path, O_RDONLY | O_CLOEXEC);

	return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

pid_t state_lock_holder(const struct state *state)
{
	char *path scoped(scoped_free) = state_path(state, "run/lock");
	char *text scoped(scoped_free) = file_read_line(path);
	int64_t pid;

	if (!text || !str_to_int(text, 1, INT32_MAX, &pid))
		return 0;
	return process_is_of((pid_t)pid, state->dir) ? (pid_t)pid : 0;
}

bool state_check_access(const struct state *state, struct failure *failure)
{
	if (access(state->run, R_OK | X_OK) == 0 || errno == ENOENT)
		return true;
	return failure_set(failure, "run as its owner or as root", "cannot look into %s: %s",
			   state->dir, strerror(errno));
}

static bool state_prepare(struct state *state, struct failure *failure)
{
	if (!file_make_dirs(state->dir, 0700))
		return failure_errno(failure, "cannot make the state folder %s", state->dir);
	if (!state_check_owner(state, failure) || !state_check_version(state, failure) ||
	    !state_check_disk(state, failure))
		return false;
	if (chmod(state->dir, 0700) < 0)
		return failure_errno(failure, "cannot protect the state folder %s", state->dir);
	if (!folders_make(state, failure))
		return false;
	if (!state_lock(state))
		return failure_set(failure, "ecomctl status shows it",
				   "another engine already runs the state in %s", state->dir);
	return true;
}

struct state *state_open(const char *dir, struct failure *failure)
{
	struct state *state = state_find(dir, failure);

	if (state && !state_prepare(state, failure)) {
		state_free(state);
		return NULL;
	}
	return state;
}

bool state_write_version(struct state *state, struct failure *failure)
{
	char *path scoped(scoped_free) = state_path(state, "VERSION");

	if (!file_write_text(path, PACKAGE_VERSION "\n", 0600))
		return failure_errno(failure, "cannot write %s", path);
	state->is_new = false;
	snprintf(state->version, sizeof(state->version), "%s", PACKAGE_VERSION);
	return true;
}

char *state_read_secret(const struct state *state, const char *name, struct failure *failure)
{
	char *path scoped(scoped_free) = state_path(state, "secrets/%s", name);
	int fd scoped(scoped_close) = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat file, folder;
	char opened[64], *secret;

	snprintf(opened, sizeof(opened), "/proc/self/fd/%d", fd);
	if (fd < 0 || fstat(fd, &file) < 0 || stat(state->dir, &folder) < 0) {
		failure_errno(failure, "cannot read %s", path);
		return NULL;
	}
	if (!S_ISREG(file.st_mode) || file.st_uid != folder.st_uid) {
		failure_set(failure, NULL, "%s is not the file of the folder's owner", path);
		return NULL;
	}
	secret = file_read_line(opened);
	if (!secret)
		failure_errno(failure, "cannot read %s", path);
	return secret;
}

bool state_make_secret(const struct state *state, const char *name, struct failure *failure)
{
	char *path scoped(scoped_free) = state_path(state, "secrets/%s", name);
	char *secret scoped(scoped_free) = NULL;
	char *line scoped(scoped_free) = NULL;

	if (access(path, F_OK) == 0)
		return true;
	secret = hash_random_token(32);
	line = xasprintf("%s\n", secret);
	if (!file_write_text(path, line, 0600))
		return failure_errno(failure, "cannot write %s", path);
	return true;
}
