/* The checks of `ecomctl doctor` that the state folder alone can tell. */
#include "daemons/admind/health.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "daemons/admind/once.h"
#include "daemons/admind/ports.h"
#include "daemons/admind/programs.h"
#include "daemons/admind/record.h"
#include "daemons/admind/settings.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

#define YEAR_MIN 2024
#define CHECK_MS 20000 /* HAProxy needs some 30 ms */

void health_add(json_t *checks, const char *check, const char *result, const char *hint,
		const char *format, ...)
{
	char *detail scoped(scoped_free) = NULL;
	va_list args;

	va_start(args, format);
	detail = xvasprintf(format, args);
	va_end(args);
	json_array_append_new(checks,
			      json_pack("{s:s, s:s, s:s, s:s}", "check", check, "result", result,
					"detail", detail, "hint", hint ? hint : ""));
}

static void add_failure(json_t *checks, const char *check, const struct failure *failure)
{
	health_add(checks, check, "fail", failure->hint, "%s", failure->error);
}

static void check_programs(json_t *checks, const struct state *state)
{
	char *postgres scoped(scoped_free) = program_postgres_folder(state);
	char *nats scoped(scoped_free) = program_nats();
	char *haproxy scoped(scoped_free) = program_haproxy();
	struct failure failure;

	if (!programs_check(state, &failure))
		add_failure(checks, "programs", &failure);
	else
		health_add(checks, "programs", "ok", NULL, "%s, %s, %s", postgres, nats, haproxy);
}

/* False: others' folder, nothing in it can be told. */
static bool check_folder(json_t *checks, const struct state *state)
{
	struct state copy = *state;
	struct failure failure;
	struct stat info;

	if (stat(state->dir, &info) < 0) {
		health_add(checks, "state", "warn", "ecomctl up makes it",
			   "there is no state folder %s yet", state->dir);
		return true;
	}
	if (geteuid() != 0 && !state_check_owner(state, &failure)) {
		add_failure(checks, "owner", &failure);
		return false;
	}
	if (info.st_mode & 077)
		health_add(checks, "owner", "warn", "chmod 700 the folder",
			   "others can look into %s", state->dir);
	else
		health_add(checks, "owner", "ok", NULL, "%s is private", state->dir);
	if (!state_check_version(&copy, &failure))
		add_failure(checks, "version", &failure);
	else
		health_add(checks, "version", "ok", NULL, "state of version %s, program %s",
			   copy.is_new ? "none" : copy.version, PACKAGE_VERSION);
	return true;
}

static void check_disk(json_t *checks, const struct state *state)
{
	struct failure failure;
	struct statvfs info;

	if (statvfs(state->dir, &info) < 0)
		return;
	if (!state_check_disk(state, &failure))
		add_failure(checks, "disk", &failure);
	else
		health_add(checks, "disk", "ok", NULL, "%lld MiB are free",
			   (long long)info.f_bavail * (long long)info.f_frsize >> 20);
}

static void check_ports(json_t *checks, const struct state *state)
{
	struct record haproxy;
	struct settings settings;
	struct failure failure;
	int last;

	if (!settings_load(state, &settings, &failure)) {
		add_failure(checks, "ports", &failure);
		return;
	}
	if (!settings.port)
		settings.port = DEFAULT_PORT;
	last = settings.port + PORTS_COUNT - 1;
	if (record_read(state, "haproxy", &haproxy) && record_is_alive(&haproxy)) {
		if (port_answers(settings.port))
			health_add(checks, "ports", "ok", NULL, "HAProxy has the ports %d to %d",
				   settings.port, last);
		else
			health_add(checks, "ports", "fail", "ecomctl service restart haproxy",
				   "HAProxy runs, but does not answer on port %d", settings.port);
	} else if (!ports_check(settings.port, &failure)) {
		add_failure(checks, "ports", &failure);
	} else {
		health_add(checks, "ports", "ok", NULL, "the ports %d to %d are free",
			   settings.port, last);
	}
}

static void check_sockets(json_t *checks, const struct state *state)
{
	static const char *const names[] = { "admind.sock", "haproxy-stats.sock",
					     "haproxy-master.sock" };

	for (size_t i = 0; i < array_size(names); i++) {
		char *path scoped(scoped_free) = state_path(state, "run/%s", names[i]);
		struct stat info;

		if (stat(path, &info) == 0 && (info.st_mode & 077))
			health_add(checks, "sockets", "fail", "ecomctl down, then up",
				   "others may use %s (mode %o)", path, info.st_mode & 0777);
		else if (stat(path, &info) == 0)
			health_add(checks, "sockets", "ok", NULL, "%s is private", names[i]);
	}
}

static void check_processes(json_t *checks, const struct state *state)
{
	size_t count, alive = 0;
	struct record *records scoped(scoped_free) = records_read(state, &count);

	for (size_t i = 0; i < count; i++)
		alive += record_is_alive(&records[i]);
	if (!state_is_locked(state) && alive)
		health_add(checks, "engine", "warn", "ecomctl up takes them over",
			   "no engine runs, but %zu processes of it do", alive);
	else if (!state_is_locked(state))
		health_add(checks, "engine", "warn", "ecomctl up", "the shop is down");
	else if (alive < count)
		health_add(checks, "engine", "warn", "ecomctl status", "%zu of %zu processes run",
			   alive, count);
	else
		health_add(checks, "engine", "ok", NULL, "%zu processes run", alive);
}

/* HAProxy's first alert says what is wrong, its last line only that something is. */
static void add_refusal(json_t *checks, const char *path, const struct failure *failure)
{
	char *log scoped(scoped_free) = file_read(path, NULL);
	const char *alert = log ? strstr(log, "[ALERT]") : NULL;

	if (alert)
		health_add(checks, "configuration", "fail", NULL, "HAProxy says: %.*s",
			   (int)strcspn(alert, "\n"), alert);
	else
		health_add(checks, "configuration", "fail", NULL, "%s", failure->error);
}

static void check_gateway_config(json_t *checks, const struct state *state)
{
	char *path scoped(scoped_free) = state_path(state, "gateway/haproxy.cfg");
	char *logs scoped(scoped_free) = state_path(state, "log");
	char *name scoped(scoped_free) = xasprintf("haproxy-check-%d", (int)getpid());
	char *log scoped(scoped_free) = xasprintf("%s/%s.log", logs, name);
	char *haproxy scoped(scoped_free) = program_haproxy();
	struct launch launch = { .folder = state->dir };
	int64_t started_ms = clock_mono_ms();
	struct failure failure;

	if (!haproxy || access(path, F_OK) < 0)
		return;
	words_add(&launch.arguments, "%s", haproxy);
	words_add(&launch.arguments, "-c");
	words_add(&launch.arguments, "-f");
	words_add(&launch.arguments, "%s", path);
	if (once_run_within(logs, name, &launch, "the check of HAProxy's configuration", CHECK_MS,
			    &failure))
		health_add(checks, "configuration", "ok", NULL, "HAProxy accepts %s", path);
	else if (clock_mono_ms() - started_ms >= CHECK_MS)
		health_add(checks, "configuration", "warn",
			   "ask again when the machine is less busy",
			   "HAProxy took more than %d s to read %s", CHECK_MS / 1000, path);
	else
		add_refusal(checks, log, &failure);
	unlink(log);
}

static void check_clock(json_t *checks)
{
	struct timex timex = { 0 };
	time_t now = time(NULL);
	struct tm tm;

	gmtime_r(&now, &tm);
	if (tm.tm_year + 1900 < YEAR_MIN)
		health_add(checks, "clock", "fail", "set the clock: tokens depend on it",
			   "the clock says %d", tm.tm_year + 1900);
	else if (adjtimex(&timex) == TIME_ERROR)
		health_add(checks, "clock", "warn", "install chrony or systemd-timesyncd",
			   "the clock is not synchronised");
	else
		health_add(checks, "clock", "ok", NULL, "the clock is synchronised");
}

json_t *health_checks(const struct state *state)
{
	json_t *checks = json_array();

	check_programs(checks, state);
	if (check_folder(checks, state)) {
		check_ports(checks, state);
		check_sockets(checks, state);
		check_processes(checks, state);
		check_gateway_config(checks, state);
	}
	check_disk(checks, state);
	check_clock(checks);
	return checks;
}
