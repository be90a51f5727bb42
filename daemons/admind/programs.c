/* Where the programs are that the engine runs, and which Debian package brings each. */
#include "daemons/admind/programs.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemons/admind/component.h"
#include "lib/base/file.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

#define SYSTEM_FOLDERS "/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin"

static char *executable(char *path)
{
	if (access(path, X_OK) == 0)
		return path;
	free(path);
	return NULL;
}

static char *search(const char *folders, const char *name)
{
	char *copy scoped(scoped_free) = xstrdup(folders);
	char *rest = copy, *folder, *found = NULL;

	while (!found && (folder = strsep(&rest, ":"))) {
		if (*folder == '/')
			found = executable(xasprintf("%s/%s", folder, name));
	}
	return found;
}

static char *find(const char *variable, const char *name)
{
	const char *given = getenv(variable), *path = getenv("PATH");
	char *found;

	if (given)
		return executable(xstrdup(given));
	found = path ? search(path, name) : NULL;
	return found ? found : search(SYSTEM_FOLDERS, name);
}

char *program_haproxy(void)
{
	return find("ECOM_HAPROXY", "haproxy");
}

char *program_nats(void)
{
	return find("ECOM_NATS_SERVER", "nats-server");
}

char *program_postgres(const char *folder, const char *name)
{
	return executable(xasprintf("%s/%s", folder, name));
}

char *program_daemon(const char *name)
{
	const char *folder = getenv("ECOM_LIBEXECDIR");

	return executable(xasprintf("%s/%s", folder ? folder : ECOM_LIBEXECDIR, name));
}

int postgres_cluster_version(const struct state *state)
{
	char *path scoped(scoped_free) = state_path(state, "postgres/PG_VERSION");
	char *text scoped(scoped_free) = file_read_line(path);
	int64_t version;

	return text && str_to_int(text, 1, 999, &version) ? (int)version : 0;
}

static int folder_version(const char *path)
{
	int version;

	return sscanf(path, "/usr/lib/postgresql/%d/", &version) == 1 ? version : 0;
}

char *program_postgres_folder(const struct state *state)
{
	return program_postgres_of(postgres_cluster_version(state));
}

char *program_postgres_of(int wanted)
{
	const char *given = getenv("ECOM_POSTGRES_BIN");
	int best = 0;
	char *found = NULL;
	glob_t paths;

	if (given) {
		char *postgres scoped(scoped_free) = program_postgres(given, "postgres");

		return postgres ? xstrdup(given) : NULL;
	}
	if (glob("/usr/lib/postgresql/*/bin/postgres", 0, NULL, &paths) != 0)
		return NULL;
	for (size_t i = 0; i < paths.gl_pathc; i++) {
		int version = folder_version(paths.gl_pathv[i]);

		if (wanted ? version != wanted : version <= best)
			continue;
		best = version;
		free(found);
		found = xstrndup(paths.gl_pathv[i],
				 strlen(paths.gl_pathv[i]) - strlen("/postgres"));
	}
	globfree(&paths);
	return found;
}

static bool missing(struct failure *failure, const char *what, const char *package)
{
	char hint[128];

	snprintf(hint, sizeof(hint), "apt-get install %s", package);
	return failure_set(failure, hint, "%s is not installed", what);
}

bool programs_check(const struct state *state, struct failure *failure)
{
	int cluster = postgres_cluster_version(state);
	char *postgres scoped(scoped_free) = program_postgres_folder(state);
	char *nats scoped(scoped_free) = program_nats();
	char *haproxy scoped(scoped_free) = program_haproxy();
	char what[64], package[64] = "postgresql";

	snprintf(what, sizeof(what), "PostgreSQL");
	if (!postgres && cluster) {
		snprintf(what, sizeof(what), "PostgreSQL %d, which made this shop's data,",
			 cluster);
		snprintf(package, sizeof(package), "postgresql-%d", cluster);
	}
	if (!postgres)
		return missing(failure, what, package);
	if (!nats)
		return missing(failure, "the NATS server", "nats-server");
	if (!haproxy)
		return missing(failure, "HAProxy", "haproxy");
	for (const struct component *component = components; component->name; component++) {
		char *path scoped(scoped_free) = component->is_daemon
							 ? program_daemon(component->name)
							 : NULL;

		if (component->is_daemon && !path)
			return failure_set(failure, "install ecom again, or set ECOM_LIBEXECDIR",
					   "the program %s is missing", component->name);
	}
	return true;
}
