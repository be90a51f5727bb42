/* Fault points. */
#include "lib/base/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

#define ARMED_MAX   64
#define SEEN_MAX    2048
#define HANG_S      10
#define POINT_SIZE  200
#define FILE_FORMAT "POINT:NTH:ACTION[,...], ACTION one of kill, hang, fail"

enum fault_action { KILL, HANG, FAIL, ACTIONS };

static const char *const action_names[] = { "kill", "hang", "fail" };

struct armed {
	char point[POINT_SIZE];
	int64_t nth, passes;
	enum fault_action action;
};

bool fault_armed;
static _Thread_local const char *scope;

/* All under the lock: a process under test may be slow here. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct armed armed[ARMED_MAX];
static size_t narmed;
static char *path, *passed_path; /* of the file; NULL: there is none */
static struct timespec loaded;   /* the file's time when it was read */
static char *seen[SEEN_MAX];
static size_t nseen;

/* POINT:NTH:ACTION, from the right: a point's name may have colons. */
static bool entry_take(char *entry)
{
	struct armed *next = &armed[narmed];
	char *action = strrchr(entry, ':'), *nth;

	if (!action || narmed == ARMED_MAX)
		return false;
	*action++ = '\0';
	nth = strrchr(entry, ':');
	if (!nth)
		return false;
	*nth++ = '\0';
	*next = (struct armed){ 0 };
	while (next->action < ACTIONS && !str_eq(action, action_names[next->action]))
		next->action++;
	if (next->action == ACTIONS || !str_to_int(nth, 1, INT32_MAX, &next->nth) ||
	    strlen(entry) >= POINT_SIZE)
		return false;
	snprintf(next->point, sizeof(next->point), "%s", entry);
	narmed++;
	return true;
}

static bool take(char *text)
{
	char *rest = NULL;

	narmed = 0;
	for (char *entry = strtok_r(text, ",\n", &rest); entry;
	     entry = strtok_r(NULL, ",\n", &rest)) {
		if (!entry_take(entry))
			return false;
	}
	return true;
}

/* Looks for another file than the one that was read last; its time tells. */
static void reload(void)
{
	char *text scoped(scoped_free) = NULL;
	struct stat info;

	if (!path)
		return;
	if (stat(path, &info) != 0) {
		narmed = 0;
		return;
	}
	if (memcmp(&info.st_mtim, &loaded, sizeof(loaded)) == 0)
		return;
	text = file_read(path, NULL);
	loaded = info.st_mtim;
	if (text && !take(text))
		die("%s: not %s", path, FILE_FORMAT);
}

void fault_init(const char *program)
{
	const char *value = getenv("ECOM_FAULT");
	char *text scoped(scoped_free) = NULL;
	struct stat info;

	if (!value || !*value)
		return;
	fault_armed = true;
	if (*value != '@') {
		text = xstrdup(value);
		if (!take(text))
			die("ECOM_FAULT is not %s", FILE_FORMAT);
		return;
	}
	if (stat(value + 1, &info) == 0 && S_ISDIR(info.st_mode)) {
		path = xasprintf("%s/%s", value + 1, program);
		passed_path = xasprintf("%s.passed", path);
	} else {
		path = xstrdup(value + 1);
	}
	reload();
}

/* Tells the test that this point can be reached. */
static void note(const char *point)
{
	char line[POINT_SIZE + 1];
	size_t i = 0;
	int fd;

	while (i < nseen && !str_eq(seen[i], point))
		i++;
	if (!passed_path || i < nseen || nseen == SEEN_MAX)
		return;
	seen[nseen++] = xstrdup(point);
	fd = open(passed_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd < 0)
		return;
	snprintf(line, sizeof(line), "%s\n", point);
	if (write(fd, line, strlen(line)) < 0)
		log_warn("%s: %s", passed_path, strerror(errno));
	close(fd);
}

/* What is to be done now; ACTIONS: nothing. */
static enum fault_action due(const char *point)
{
	reload();
	note(point);
	for (size_t i = 0; i < narmed; i++) {
		if (str_eq(armed[i].point, point) && ++armed[i].passes == armed[i].nth) {
			enum fault_action action = armed[i].action;

			if (path && unlink(path) == 0)
				narmed = 0;
			return action;
		}
	}
	return ACTIONS;
}

bool fault_pass(const char *kind, const char *name, const char *place)
{
	char point[POINT_SIZE];
	enum fault_action action;

	snprintf(point, sizeof(point), "%s.%s.%s", kind, name, place);
	pthread_mutex_lock(&lock);
	action = due(point);
	if (action < ACTIONS)
		log_warn("fault point %s: %s", point, action_names[action]);
	if (action == KILL)
		kill(getpid(), SIGKILL);
	pthread_mutex_unlock(&lock);
	if (action == HANG)
		nanosleep(&(struct timespec){ .tv_sec = HANG_S }, NULL);
	return action == FAIL;
}

void fault_scope(const char *name)
{
	scope = name;
}

const char *fault_scope_name(void)
{
	return scope ? scope : "none";
}
