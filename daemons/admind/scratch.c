/* A PostgreSQL of one's own on the folder of a cluster. */
#include "daemons/admind/scratch.h"

#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <libpq-fe.h>

#include "daemons/admind/once.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/mem.h"

#define START_MOST_MS 3600000
#define STOP_MOST_MS  600000
#define LOOK_MS       50

/* Who may come in: the user whom we run as. The cluster's own files name the users of the machine that
 * it comes from. */
static bool access_write(const struct scratch *scratch, struct failure *failure)
{
	const struct passwd *user = getpwuid(geteuid());
	char *hba scoped(scoped_free) = xasprintf("%s/hba.conf", scratch->socket);
	char *ident scoped(scoped_free) = xasprintf("%s/ident.conf", scratch->socket);
	char *map scoped(scoped_free) = user ? xasprintf("ecom %s postgres\n", user->pw_name)
					     : xasprintf("ecom %d postgres\n", (int)geteuid());

	if (file_write_text(hba, "local all all peer map=ecom\n", 0600) &&
	    file_write_text(ident, map, 0600))
		return true;
	return failure_errno(failure, "cannot write %s", ident);
}

static void setting(struct launch *launch, const char *name, const char *value)
{
	words_add(&launch->arguments, "-c");
	words_add(&launch->arguments, "%s=%s", name, value);
}

static void launch_make(const struct scratch *scratch, const char *programs, const char *cluster,
			bool durable, struct launch *launch)
{
	char *hba scoped(scoped_free) = xasprintf("%s/hba.conf", scratch->socket);
	char *ident scoped(scoped_free) = xasprintf("%s/ident.conf", scratch->socket);

	words_add(&launch->arguments, "%s/postgres", programs);
	words_add(&launch->arguments, "-D");
	words_add(&launch->arguments, "%s", cluster);
	setting(launch, "listen_addresses", "");
	setting(launch, "unix_socket_directories", scratch->socket);
	setting(launch, "hba_file", hba);
	setting(launch, "ident_file", ident);
	setting(launch, "archive_mode", "off");
	setting(launch, "logging_collector", "off");
	setting(launch, "log_destination", "stderr");
	setting(launch, "ssl", "off");
	if (!durable) {
		setting(launch, "fsync", "off");
		setting(launch, "full_page_writes", "off");
	}
	once_environment(launch);
}

char *scratch_url(const struct scratch *scratch, const char *database)
{
	return xasprintf("host=%s dbname=%s user=postgres", scratch->socket, database);
}

static bool wait_ready(struct scratch *scratch, struct failure *failure)
{
	char *url scoped(scoped_free) = scratch_url(scratch, "postgres");
	int64_t deadline = clock_mono_ms() + START_MOST_MS;

	while (PQping(url) != PQPING_OK) {
		if (once_interrupted(failure))
			return false;
		if (task_is_done(&scratch->task))
			return task_result(&scratch->task, "PostgreSQL on the backup", failure) &&
			       failure_set(failure, NULL, "PostgreSQL on the backup has ended");
		if (clock_mono_ms() > deadline)
			return failure_set(failure, NULL,
					   "PostgreSQL on the backup does not answer");
		poll(NULL, 0, LOOK_MS);
	}
	return true;
}

bool scratch_start(struct scratch *scratch, const char *programs, const char *cluster,
		   const char *log, bool durable, struct failure *failure)
{
	char folder[] = "/tmp/ecom-XXXXXX"; /* a socket's path must be short */
	struct launch launch = { .log = log };
	bool ok;

	*scratch = (struct scratch){ 0 };
	if (!mkdtemp(folder))
		return failure_errno(failure, "cannot make a folder in /tmp");
	scratch->socket = xstrdup(folder);
	launch_make(scratch, programs, cluster, durable, &launch);
	ok = access_write(scratch, failure) && task_start(&scratch->task, &launch, failure);
	launch_free(&launch);
	return ok && wait_ready(scratch, failure);
}

static void socket_remove(struct scratch *scratch)
{
	static const char *const names[] = { "hba.conf", "ident.conf" };

	for (size_t i = 0; i < array_size(names); i++) {
		char *path scoped(scoped_free) = xasprintf("%s/%s", scratch->socket, names[i]);

		unlink(path);
	}
	rmdir(scratch->socket);
	free(scratch->socket);
	scratch->socket = NULL;
}

bool scratch_stop(struct scratch *scratch, struct failure *failure)
{
	int64_t deadline = clock_mono_ms() + STOP_MOST_MS;
	bool ok = true;

	if (!scratch->socket)
		return true;
	if (scratch->task.started) {
		child_signal(&scratch->task.process, SIGINT); /* fast: sessions are ended */
		while (!task_is_done(&scratch->task)) {
			if (clock_mono_ms() > deadline)
				child_signal(&scratch->task.process, SIGQUIT);
			poll(NULL, 0, LOOK_MS);
		}
		ok = task_result(&scratch->task, "PostgreSQL on the backup", failure);
	}
	task_free(&scratch->task);
	socket_remove(scratch);
	return ok;
}
