/* daemons/admind: the state folder, records, child processes, ports, templates, the budget. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemons/admind/backup_files.h"
#include "daemons/admind/backup_make.h"
#include "daemons/admind/budget.h"
#include "daemons/admind/child.h"
#include "daemons/admind/component.h"
#include "daemons/admind/logs.h"
#include "daemons/admind/once.h"
#include "daemons/admind/ports.h"
#include "daemons/admind/record.h"
#include "daemons/admind/settings.h"
#include "daemons/admind/shutdown.h"
#include "daemons/admind/state.h"
#include "daemons/admind/templates.h"
#include "lib/base/file.h"
#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

static char folder[64];

static int make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/ecom-engine.XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *where)
{
	(void)info;
	(void)type;
	(void)where;
	return remove(path);
}

static int remove_folder(void **state)
{
	(void)state;
	return nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static void write_in_folder(const char *name, const char *text)
{
	char *path scoped(scoped_free) = xasprintf("%s/%s", folder, name);

	assert_true(file_write_text(path, text, 0600));
}

/* --- the state folder ------------------------------------------------------------------------- */

static void test_versions(void **state)
{
	(void)state;
	assert_int_equal(version_compare("0.1.0", "0.1.0"), 0);
	assert_int_equal(version_compare("0.9.0", "0.10.0"), -1);
	assert_int_equal(version_compare("1.0", "1.0.0"), 0);
	assert_int_equal(version_compare("2", "1.9.9"), 1);
}

static void test_paths(void **state)
{
	struct failure failure = { 0 };
	char longer[STATE_PATH_MAX + 10];

	(void)state;
	memset(longer, 'a', sizeof(longer) - 1);
	longer[0] = '/';
	longer[sizeof(longer) - 1] = '\0';
	assert_null(state_find(longer, &failure));
	assert_non_null(strstr(failure.error, "too long"));
	assert_null(state_find("/tmp/it's", &failure));
	assert_non_null(strstr(failure.error, "characters"));
}

static void test_new_folder(void **state)
{
	struct failure failure = { 0 };
	struct state *shop = state_open(folder, &failure);
	struct stat info;

	(void)state;
	assert_non_null(shop);
	assert_true(shop->is_new);
	assert_int_equal(stat(shop->run, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0700);
	assert_true(state_is_locked(shop));
	assert_int_equal(state_lock_holder(shop), getpid());
	/* One engine per folder. */
	assert_null(state_open(folder, &failure));
	assert_non_null(strstr(failure.error, "another engine"));
	assert_true(state_write_version(shop, &failure));
	state_free(shop);
	shop = state_open(folder, &failure);
	assert_non_null(shop);
	assert_false(shop->is_new);
	assert_string_equal(shop->version, PACKAGE_VERSION);
	state_free(shop);
}

static void test_half_written_folder(void **state)
{
	struct failure failure = { 0 };
	struct state *shop = state_open(folder, &failure);

	(void)state;
	state_free(shop); /* no VERSION: as if killed here */
	write_in_folder("engine.json.123.tmp", "{");
	shop = state_open(folder, &failure);
	assert_non_null(shop);
	assert_true(shop->is_new);
	state_free(shop);
}

static void test_foreign_folder(void **state)
{
	struct failure failure = { 0 };

	(void)state;
	write_in_folder("thesis.tex", "");
	assert_null(state_open(folder, &failure));
	assert_non_null(strstr(failure.error, "thesis.tex"));
	assert_non_null(strstr(failure.hint, "--state"));
}

static void test_newer_folder(void **state)
{
	struct failure failure = { 0 };

	(void)state;
	write_in_folder("VERSION", "999.0.0\n");
	assert_null(state_open(folder, &failure));
	assert_non_null(strstr(failure.error, "999.0.0"));
}

static void test_secrets(void **state)
{
	struct failure failure = { 0 };
	struct state *shop = state_open(folder, &failure);
	char *path scoped(scoped_free) = state_path(shop, "secrets/nats-userd");
	char *first scoped(scoped_free) = NULL;
	char *second scoped(scoped_free) = NULL;
	struct stat info;

	(void)state;
	assert_true(state_make_secret(shop, "nats-userd", &failure));
	first = file_read_line(path);
	assert_int_equal(strlen(first), 43);
	assert_true(state_make_secret(shop, "nats-userd", &failure));
	second = file_read_line(path);
	assert_string_equal(first, second);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
	state_free(shop);
}

static void test_settings(void **state)
{
	struct failure failure = { 0 };
	struct state *shop = state_open(folder, &failure);
	const struct component *catalogd = component_find("catalogd");
	struct settings settings;

	(void)state;
	assert_true(settings_load(shop, &settings, &failure));
	assert_int_equal(settings.port, 0);
	assert_int_equal(settings_replicas(&settings, catalogd), 1);
	settings.port = 9080;
	settings_set_replicas(&settings, catalogd, 3);
	assert_true(settings_save(shop, &settings, &failure));
	assert_true(settings_load(shop, &settings, &failure));
	assert_int_equal(settings.port, 9080);
	assert_int_equal(settings_replicas(&settings, catalogd), 3);
	write_in_folder("engine.json", "{\"port\":");
	assert_false(settings_load(shop, &settings, &failure));
	assert_non_null(strstr(failure.error, "engine.json"));
	state_free(shop);
}

/* --- processes -------------------------------------------------------------------------------- */

static struct process start(const struct state *shop, const char *script)
{
	char *log scoped(scoped_free) = state_path(shop, "log/child.log");
	struct launch launch = { .folder = shop->dir, .log = log };
	struct failure failure = { 0 };
	struct process process;

	words_add(&launch.arguments, "/bin/sh");
	words_add(&launch.arguments, "-c");
	words_add(&launch.arguments, "%s", script);
	words_add(&launch.environment, "PATH=/usr/bin:/bin");
	words_add(&launch.environment, RECORD_VARIABLE "=%s", shop->run);
	assert_true(child_start(&launch, &process, &failure));
	launch_free(&launch);
	return process;
}

static void wait_ended(const struct process *process)
{
	struct pollfd fd = { .fd = child_watch(process), .events = POLLIN };

	assert_true(fd.fd >= 0);
	assert_int_equal(poll(&fd, 1, 60000), 1);
	close(fd.fd);
}

static void test_child(void **state)
{
	struct failure failure = { 0 };
	struct state *shop = state_open(folder, &failure);
	struct process process = start(shop, "echo one; echo two >&2; exec sleep 60");
	char *log scoped(scoped_free) = state_path(shop, "log/child.log");
	struct process stranger = process;
	char why[64];
	int status;

	(void)state;
	assert_int_equal(getsid(process.pid), process.pid);
	assert_false(child_reap(process.pid, &status, why, sizeof(why)));
	stranger.start++; /* the same pid, another process */
	assert_false(child_signal(&stranger, SIGKILL));
	assert_true(child_signal(&process, SIGKILL));
	wait_ended(&process);
	assert_true(child_reap(process.pid, &status, why, sizeof(why)));
	assert_non_null(strstr(why, "signal 9"));
	assert_false(process_read(process.pid, &stranger));
	assert_int_equal(access(log, R_OK), 0);
	state_free(shop);
}

static void test_child_that_cannot_start(void **state)
{
	struct launch launch = { .log = "/dev/null" };
	struct failure failure = { 0 };
	struct process process;

	(void)state;
	words_add(&launch.arguments, "/nonexistent/program");
	words_add(&launch.environment, "A=b");
	assert_false(child_start(&launch, &process, &failure));
	assert_non_null(strstr(failure.error, "/nonexistent/program"));
	launch_free(&launch);
}

static void test_task(void **state)
{
	char *log scoped(scoped_free) = xasprintf("%s/task.log", folder);
	struct launch launch = { .log = log };
	struct failure failure = { 0 };
	struct task task = { 0 };

	(void)state;
	words_add(&launch.arguments, "/bin/sh");
	words_add(&launch.arguments, "-c");
	words_add(&launch.arguments, "%s", "echo '{\"message\":\"no such table\"}' >&2; exit 3");
	words_add(&launch.environment, "PATH=/bin");
	assert_true(task_start(&task, &launch, &failure));
	wait_ended(&task.process);
	assert_true(task_is_done(&task));
	assert_false(task_result(&task, "the migration", &failure));
	assert_string_equal(failure.error, "the migration failed: no such table");
	task_free(&task);
	launch_free(&launch);
}

static void assert_last_line(const char *path, const char *expected)
{
	char *line scoped(scoped_free) = log_last_line(path);

	assert_string_equal(line, expected);
}

static void test_logs(void **state)
{
	static const char *const names[] = { "appends.log", "writes.log", "short.log" };
	char *paths[array_size(names)];
	char line[] = "a line of some length, again and again and again\n";
	int fds[array_size(names)];

	(void)state;
	for (size_t i = 0; i < array_size(names); i++) {
		paths[i] = xasprintf("%s/%s", folder, names[i]);
		fds[i] = open(paths[i], O_WRONLY | O_CREAT | (i == 1 ? 0 : O_APPEND), 0600);
		for (int n = 0; n < (i == 2 ? 1 : 2000); n++)
			assert_int_equal(write(fds[i], line, sizeof(line) - 1), sizeof(line) - 1);
		assert_int_equal(write(fds[i], "the end\n", 8), 8);
		assert_last_line(paths[i], "the end");
	}
	logs_trim(folder, 64 << 10);
	for (size_t i = 0; i < array_size(names); i++) {
		char *old scoped(scoped_free) = xasprintf("%s.1", paths[i]);
		struct stat info;

		assert_last_line(paths[i], i == 2 ? "the end" : "it said nothing");
		assert_int_equal(stat(old, &info), i == 2 ? -1 : 0);
		if (i < 2)
			assert_last_line(old, "the end");
		/* Behind a hole, when its writer does not append. */
		assert_int_equal(write(fds[i], "after\n", 6), 6);
		assert_last_line(paths[i], "after");
		assert_int_equal(stat(paths[i], &info), 0);
		assert_true(info.st_blocks * 512 < 64 << 10);
		close(fds[i]);
		free(paths[i]);
	}
}

static struct record record_of(const char *unit, const struct process *process)
{
	struct record record = { .number = 1, .process = *process, .restarts = 2 };
	char *exe scoped(scoped_free) = process_exe(process->pid);

	snprintf(record.unit, sizeof(record.unit), "%s", unit);
	snprintf(record.component, sizeof(record.component), "catalogd");
	snprintf(record.exe, sizeof(record.exe), "%s", exe);
	return record;
}

static void test_records(void **state)
{
	struct failure failure = { 0 };
	struct state *shop = state_open(folder, &failure);
	struct process process = start(shop, "sleep 60; :");
	struct record record = record_of("catalogd-1", &process), read;

	(void)state;
	assert_true(record_write(shop, &record));
	assert_true(record_read(shop, "catalogd-1", &read));
	assert_int_equal(read.process.pid, process.pid);
	assert_int_equal(read.restarts, 2);
	assert_true(record_is_alive(&read));
	read.process.start--;
	assert_false(record_is_alive(&read));
	assert_true(shutdown_everything(shop, NULL, NULL));
	assert_false(record_is_alive(&record));
	assert_false(record_read(shop, "catalogd-1", &read));
	state_free(shop);
}

/* Root reads no secret for the folder's owner that is not his, and signals nobody else's. */
static void test_owner(void **state)
{
	struct failure failure = { 0 };
	struct state *shop = state_open(folder, &failure);
	char *path scoped(scoped_free) = state_path(shop, "secrets/clients/admin");
	char *elsewhere scoped(scoped_free) = state_path(shop, "elsewhere");
	char *secret;

	(void)state;
	assert_true(process_is_of(getpid(), shop->dir));
	assert_true(state_make_secret(shop, "clients/admin", &failure));
	secret = state_read_secret(shop, "clients/admin", &failure);
	assert_int_equal(strlen(secret), 43);
	free(secret);
	assert_int_equal(rename(path, elsewhere), 0);
	assert_int_equal(symlink(elsewhere, path), 0);
	assert_null(state_read_secret(shop, "clients/admin", &failure));
	if (geteuid() == 0) {
		assert_int_equal(unlink(path), 0);
		assert_int_equal(rename(elsewhere, path), 0);
		assert_int_equal(chown(shop->dir, 65534, 65534), 0);
		assert_null(state_read_secret(shop, "clients/admin", &failure));
		assert_non_null(strstr(failure.error, "owner"));
		assert_false(process_is_of(getpid(), shop->dir));
		assert_int_equal(state_lock_holder(shop), 0);
	}
	state_free(shop);
}

/* An engine that was killed between starting a process and writing it down. */
static void test_strays(void **state)
{
	struct failure failure = { 0 };
	struct state *shop = state_open(folder, &failure);
	/* PostgreSQL's sessions are leaders of sessions too: they are known by their parent. */
	struct process known = start(shop, "setsid sleep 60; :");
	struct process stray = start(shop, "exec sleep 60"), found[4];
	struct record record;

	(void)state;
	record = record_of("catalogd-1", &known);
	assert_true(record_write(shop, &record));
	/* A process that is just becoming another program has no environment for a moment. */
	for (int i = 0; i < 6000 && records_find_strays(shop, found, 4) != 1; i++)
		poll(NULL, 0, 10);
	assert_int_equal(records_find_strays(shop, found, 4), 1);
	assert_int_equal(found[0].pid, stray.pid);
	assert_true(found[0].start == stray.start);
	assert_true(shutdown_everything(shop, NULL, NULL));
	waitpid(stray.pid, NULL, 0);
	assert_int_equal(records_find_strays(shop, found, 4), 0);
	state_free(shop);
}

/* --- the rest --------------------------------------------------------------------------------- */

static void test_ports(void **state)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0), port, error;
	struct failure failure = { 0 };
	socklen_t len = sizeof(address);

	(void)state;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	port = ntohs(address.sin_port);
	assert_false(port_is_free(port, &error));
	assert_int_equal(error, EADDRINUSE);
	assert_true(port_answers(port));
	assert_false(ports_check(port, &failure));
	assert_non_null(strstr(failure.error, "in use"));
	assert_non_null(strstr(failure.hint, "--port"));
	close(fd);
	assert_true(port_is_free(port, &error));
	assert_false(port_answers(port));
	assert_true(port_choose() > 1023);
}

static void test_template(void **state)
{
	char *text scoped(scoped_free) =
		template_fill("a@b.c @name@ @", (const char *const[]){ "name", "value", NULL });

	(void)state;
	assert_string_equal(text, "a@b.c value @");
}

static void test_components(void **state)
{
	int connections = DATABASE_CONNECTIONS_RESERVED;

	(void)state;
	for (const struct component *component = components; component->name; component++) {
		connections += component->database_connections;
		assert_ptr_equal(component_find(component->name), component);
		assert_true(component->stop_signal && component->stop_ms);
		assert_true(component - components < COMPONENTS_MAX);
	}
	assert_true(connections <= DATABASE_CONNECTIONS_MAX);
	assert_null(component_find("nobody"));
}

static void test_budget(void **state)
{
	struct failure failure = { 0 };
	struct state *shop = state_open(folder, &failure);
	const struct component *catalogd = component_find("catalogd");

	(void)state;
	write_in_folder("run/catalogd.config",
			"catalogd:\n  read_connections: \"2\" # default\n"
			"  write_connections: \"10\" # x:1\n  slow_connections: \"3\" # default\n"
			"  task_threads: \"1\" # default\n"
			"  # background connections: \"5\" # tables\n");
	assert_int_equal(budget_per_instance(shop, catalogd), 21 + BUDGET_EXTRA);
	assert_int_equal(budget_needed(20, 3), 80);
	assert_int_equal(budget_most(catalogd, 20), catalogd->database_connections / 20 - 1);
	assert_int_equal(budget_most(catalogd, 1000), catalogd->replicas_min);
	state_free(shop);
}

static bool is_there(const char *name)
{
	char *path scoped(scoped_free) = xasprintf("%s/%s", folder, name);

	return access(path, F_OK) == 0;
}

static void make_backup(const char *name)
{
	char *path scoped(scoped_free) = xasprintf("%s/%s", folder, name);
	char *manifest scoped(scoped_free) = xasprintf("%s/manifest.json", name);

	assert_int_equal(mkdir(path, 0700), 0);
	write_in_folder(manifest, "{\"format\": 1, \"version\": \"1\", \"files\": []}");
}

/* A folder of --to may have files of others, and backups that somebody has given a name. */
static void test_backups_removed(void **state)
{
	struct failure failure = { 0 };

	(void)state;
	write_in_folder("film.partial", "of somebody");
	make_backup("2026-01-01T000000Z.partial");
	make_backup("2026-01-02T000000Z");
	make_backup("2026-01-03T000000Z");
	make_backup("2026-01-04T000000Z");
	make_backup("before-the-move");
	assert_true(backup_leftovers_remove(folder, &failure));
	assert_true(is_there("film.partial"));
	assert_false(is_there("2026-01-01T000000Z.partial"));
	assert_true(backup_prune(folder, 1, &failure));
	assert_true(is_there("before-the-move"));
	assert_true(is_there("2026-01-04T000000Z"));
	assert_false(is_there("2026-01-03T000000Z"));
	assert_false(is_there("2026-01-02T000000Z"));
}

/* A link in one archive must not lead the next one out of the folder. */
static void test_backup_link(void **state)
{
	char *command scoped(scoped_free) = xasprintf(
		"cd %s && mkdir backup elsewhere in logs && ln -s %s/elsewhere in/pg_wal && "
		"tar -czf backup/base.tar.gz -C in pg_wal && touch x && "
		"tar -czf backup/pg_wal.tar.gz x",
		folder, folder);
	char *backup scoped(scoped_free) = xasprintf("%s/backup", folder);
	char *cluster scoped(scoped_free) = xasprintf("%s/cluster", folder);
	char *logs scoped(scoped_free) = xasprintf("%s/logs", folder);
	json_t *manifest scoped(scoped_json) = json_pack("{s:[]}", "files");
	struct launch launch = { 0 };
	struct failure failure = { 0 };

	(void)state;
	words_add(&launch.arguments, "/bin/sh");
	words_add(&launch.arguments, "-c");
	words_add(&launch.arguments, "%s", command);
	assert_true(once_run(folder, "archives", &launch, "making archives", &failure));
	assert_false(backup_extract(backup, manifest, "/nowhere", cluster, logs, &failure));
	assert_false(is_there("elsewhere/x"));
	assert_non_null(strstr(failure.error, "pg_wal"));
}

int main(void)
{
#define in_folder(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_paths),
		in_folder(test_new_folder),
		in_folder(test_half_written_folder),
		in_folder(test_foreign_folder),
		in_folder(test_newer_folder),
		in_folder(test_secrets),
		in_folder(test_settings),
		in_folder(test_child),
		cmocka_unit_test(test_child_that_cannot_start),
		in_folder(test_task),
		in_folder(test_logs),
		in_folder(test_records),
		in_folder(test_owner),
		in_folder(test_strays),
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_template),
		cmocka_unit_test(test_components),
		in_folder(test_budget),
		in_folder(test_backups_removed),
		in_folder(test_backup_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
